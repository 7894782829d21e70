// Package permission works out what the IAM policies of a domain let whom do. URNs and actions are taken apart once, looked up
// in the table of the provider's actions and in the inventories of users, certificates, API clients, keys and secrets, and
// handed to the policies as plain data. Time and memory grow with the size of the evidence.
package permission

import (
	"slices"
	"strings"
	"time"
)

// From works out the permissions that evidence shows, at a time, and says in which time around it the answer is the same. The answer
// is made of JSON values; lists called after a list of the evidence have an item for each of its items, in its order:
//
//	policies       for each of /iam/policies
//	  provider       it is the provider's own, which nobody can change, and is for the account itself only
//	  people         it is for people, or nobody can tell
//	  kind_differs   identity_kind says otherwise
//	  touches        it reaches the domain, the account or its logs
//	  wide           actions and resources with a wildcard that reaches beyond what is listed
//	  unknown        actions that the table of actions does not have
//	  dangling       resources in the domain that no inventory has
//	  all_keys, keys service keys that it lets use: all of them, or the ids
//	  reads_secrets  it lets read secrets
//	  powers         those classes, and the actions that give each
//	  destroys       actions that destroy for good: not those that only stop the use of a key
//	  identities     for each identity
//	    kind, problem  what it is, and why it stands for nobody in particular; empty where it does not
//	    person         it is a person, or people; factors are their second factors
//	    powers         classes among export, destroy and escalate that it has by this policy
//	    test           it stands for a test
//	    reads_other    the path of a secret that it may read and whose consumer it is not; empty for none
//	    test_reads     for a test: the path of a secret that it may read, as a program in production may; empty for none
//	    uses_other     a key, or KMIP object, that it may use and that is not for its workload, or not for a person; empty for none
//	certificates   for each of /credentials/certificates: kind of its identity, live, permitted by a policy that has not ended
//	clients        for each of /management/api_clients: wide, unknown, classes (of its scopes and of the policies for it), permitted,
//	               beyond (actions of the policies for it that its scopes do not list)
//	holders        persons and programs with rights of several classes: name, classes, and by class the policy that gives it
//	administrators persons who may administer or destroy keys or the domain, or give themselves rights, in everyday work, each with
//	               the policy that gives it
//	keys           service keys that somebody alive may use whose workload uses them: ids as an object of true
//	keys_without   workloads of keys in use that no policy lets use them: index of the key, workload
//	kmip_clients_without  which of /kmip/clients have objects, and no policy that lets their workload use any
//	readers        for each of /secrets/secrets: those of its consumers that may read it, as an object of true
func From(evidence map[string]any, table *Table, at time.Time) (map[string]any, Constant) {
	w := newWorld(evidence, table, &clock{at: at})
	for i := range w.policies {
		w.notePrograms(i)
	}
	policies := make([]any, len(w.policies))
	for i := range w.policies {
		policies[i] = w.policy(i)
	}
	clients := w.clients()
	holders := w.holding()
	return map[string]any{
		"policies": policies, "certificates": w.certificates(), "clients": clients, "holders": holders,
		"administrators": w.administrators(), "keys": w.keyUse.usable(), "keys_without": w.keyUse.without(),
		"kmip_clients_without": w.kmipClientsWithout(), "readers": w.secretReaders(),
	}, w.at.constant
}

// world is all that permissions follow from, and what was found so far.
type world struct {
	evidence map[string]any
	table    *Table
	at       *clock
	domain   string
	policies []map[string]any
	*directory
	kmipClients map[string]bool // workloads
	actions     map[string]Action
	groups      map[string][]string // resources of a resource group
	subjects    map[string]subject  // by the identity's URN
	keyIDs      map[string]string   // as written, by their spelling here
	kmipIDs     map[string]string   // workload of the client of each KMIP object, by id
	secrets     secrets
	keyUse      keyUse
	scopes      []scope // of each policy
	grants      []grant

	rights     map[string]*rights  // of each holder
	granted    map[string]classes  // of each identity of a policy
	inForce    map[string]bool     // the same identities, where one of the policies has not ended
	wideOf     map[string][]string // actions with a wildcard or unknown, of each identity
	policiesOf map[string][]int    // of each API client
	kmip       map[string]bool
}

// rights are the classes that a holder has, and the policy that gives each.
type rights struct {
	person  bool
	classes classes
	because [classCount]int
	// As in grant: the first policy that gives it; -1 for none.
	besides, endsLogs, administers int
}

// Sections are the fields at the top of evidence that permissions follow from.
var Sections = []string{
	"metadata", "account", "credentials", "datasets", "iam", "keys", "kmip", "management", "network", "people", "secrets",
}

// narrowed is evidence with nothing but Sections, so that permissions cannot follow from anything else.
func narrowed(evidence map[string]any) map[string]any {
	sections := make(map[string]any, len(Sections))
	for _, name := range Sections {
		if value, isThere := evidence[name]; isThere {
			sections[name] = value
		}
	}
	return sections
}

func newWorld(evidence map[string]any, table *Table, at *clock) *world {
	evidence = narrowed(evidence)
	service := fieldsOf(fieldsOf(evidence["metadata"])["service"])
	w := &world{
		evidence: evidence, table: table, at: at, domain: text(service, "id"),
		policies: items(fieldsOf(evidence["iam"]), "policies"), directory: newDirectory(evidence, at),
		kmipClients: map[string]bool{}, actions: map[string]Action{}, groups: map[string][]string{},
		subjects: map[string]subject{}, keyIDs: map[string]string{}, kmipIDs: map[string]string{},
		rights: map[string]*rights{}, granted: map[string]classes{}, inForce: map[string]bool{}, wideOf: map[string][]string{}, policiesOf: map[string][]int{}, kmip: map[string]bool{},
	}
	workloadOf := map[string]string{}
	for _, client := range items(fieldsOf(evidence["kmip"]), "clients") {
		w.kmipClients[text(client, "workload")] = true
		workloadOf[text(client, "id")] = text(client, "workload")
	}
	for _, group := range items(fieldsOf(evidence["iam"]), "resource_groups") {
		w.groups[fold(text(group, "urn"))] = texts(group, "resources")
	}
	for _, key := range items(fieldsOf(evidence["keys"]), "service_keys") {
		w.keyIDs[fold(text(key, "id"))] = text(key, "id")
	}
	for _, object := range items(fieldsOf(evidence["kmip"]), "objects") {
		w.kmipIDs[fold(text(object, "id"))] = workloadOf[text(object, "client")]
	}
	w.secrets = newSecrets(items(fieldsOf(evidence["secrets"]), "secrets"))
	w.keyUse = newKeyUse(evidence)
	w.scopes, w.grants = make([]scope, len(w.policies)), make([]grant, len(w.policies))
	for i, policy := range w.policies {
		w.scopes[i], w.grants[i] = w.scopeOf(policy), w.grantOf(texts(policy, "allow"))
	}
	return w
}

func (w *world) action(text string) Action {
	a, isCached := w.actions[text]
	if !isCached {
		a = w.table.Action(text)
		w.actions[text] = a
	}
	return a
}

func (w *world) subject(i Identity) subject {
	s, isCached := w.subjects[i.URN]
	if !isCached {
		s = w.find(i, w.kmipClients)
		w.subjects[i.URN] = s
	}
	return s
}

// scope is what the resources of a policy come to.
type scope struct {
	touches      bool
	all          bool // the domain as a whole, or a part of it that nobody can tell
	allKeys      bool
	keys         []string // ids as the inventory writes them
	allSecrets   bool
	folders      []string // paths that secrets begin with
	paths        []string
	kmip         bool
	allKMIP      bool
	kmipObjects  []string // ids, where it names some
	wide, astray []string
}

func (w *world) scopeOf(policy map[string]any) scope {
	var s scope
	for _, text := range texts(policy, "resources") {
		r := ParseResource(text, w.domain)
		if r.Area != ResourceGroup {
			w.add(&s, r)
			continue
		}
		members, isGroup := w.groups[r.URN]
		if !isGroup || len(members) == 0 {
			s.everything(r)
		}
		for _, member := range members {
			if inner := ParseResource(member, w.domain); inner.Area == ResourceGroup {
				s.everything(r)
			} else {
				w.add(&s, inner)
			}
		}
	}
	return s
}

// everything counts a resource as all there is, since nobody can tell what it is.
func (s *scope) everything(r Resource) {
	s.touches, s.all, s.wide = true, true, append(s.wide, r.Text)
}

func (w *world) add(s *scope, r Resource) {
	switch r.Area {
	case Domain:
		s.touches, s.all = true, true
	case AccountItself:
		s.touches = true
	case Logs:
		s.touches = true
		if platform, _, _ := strings.Cut(r.Text, "/"); strings.Contains(platform, "*") {
			s.wide = append(s.wide, r.Text)
		}
	case Folder:
		s.touches = true
		switch r.Type {
		case "servicekey":
			s.allKeys = true
		case "secret", "secretconfig":
			s.folders = append(s.folders, r.Name)
			s.allSecrets = s.allSecrets || r.Name == ""
		case "kmip":
			s.kmip, s.allKMIP = true, true
		}
	case Object:
		s.touches = true
		if !w.holds(s, r) {
			s.astray = append(s.astray, r.Text)
		}
	case OtherDomain, OtherService: // a policy may be for several domains
		if strings.Contains(r.Text, "*") {
			s.wide = append(s.wide, r.Text)
		}
	default:
		s.everything(r)
	}
}

// holds notes an object that a resource names, and reports whether an inventory has it.
func (w *world) holds(s *scope, r Resource) bool {
	switch r.Type {
	case "servicekey":
		id, isListed := w.keyIDs[r.Name]
		if isListed {
			s.keys = append(s.keys, id)
		}
		return isListed
	case "kmip":
		_, isListed := w.kmipIDs[r.Name]
		if isListed {
			s.kmip, s.kmipObjects = true, append(s.kmipObjects, r.Name)
		}
		return isListed
	case "secret", "secretconfig":
		s.paths = append(s.paths, r.Name)
		return w.secrets.has(r.Name)
	}
	return true
}

// grant is what the actions of a policy come to.
type grant struct {
	classes, kmipClient classes // on keys, secrets and access to them; as the client of KMIP that it is for has them
	keys, secrets, kmip bool    // lets use service keys, read secrets, use KMIP objects
	// As keys and kmip, without what anybody with the public key can do; of KMIP without getting objects out.
	secretUse, kmipUse bool
	personalUse        bool // as secretUse, without taking keys out or in, which are ceremonies
	kmipReach          bool // as kmipUse, or gets objects out
	administers        bool // keys, the domain, or who has which rights
	destroysSecrets    bool
	endsLogs           bool // ends a recording of logs
	besides            bool // that, or takes access away
	actions            []Action
	destroys           []string // actions that destroy for good
	wide, unknown      []string
}

func (w *world) grantOf(actions []string) grant {
	var g grant
	for _, text := range actions {
		a := w.action(text)
		g.actions = append(g.actions, a)
		if a.Wildcard {
			g.wide = append(g.wide, text)
		}
		if !a.Known {
			g.unknown = append(g.unknown, text)
		}
		g.classes |= a.classes(^besides)
		g.kmipClient |= a.forKMIPClient()
		if a.Known {
			g.keys = g.keys || a.classes(serviceKey)&classesOf(UseKey, Export) != 0 || strings.HasSuffix(fold(text), "/unwrapkey")
			g.secrets = g.secrets || a.classes(secretObject).has(ReadSecret)
			g.kmip = g.kmip || a.classes(kmipObject)&classesOf(UseKey, Export) != 0
			secret := a.without(publicEffect)
			g.secretUse = g.secretUse || secret.classes(serviceKey)&classesOf(UseKey, Export) != 0 || strings.HasSuffix(fold(text), "/unwrapkey")
			g.personalUse = g.personalUse || secret.classes(serviceKey).has(UseKey)
			g.kmipUse = g.kmipUse || secret.classes(kmipObject).has(UseKey)
			g.kmipReach = g.kmipReach || secret.classes(kmipObject)&classesOf(UseKey, Export) != 0
		}
		if a.without(pauseEffect).classes(^besides).has(Destroy) {
			g.destroys = append(g.destroys, text)
		}
		g.administers = g.administers || a.Known &&
			(a.classes(serviceKey|kmipObject|otherObject)&classesOf(Administer, Destroy) != 0 || a.classes(otherObject).has(Escalate))
		g.destroysSecrets = g.destroysSecrets || a.Known && a.classes(secretObject).has(Destroy)
		g.endsLogs = g.endsLogs || a.has(endsLogs)
		g.besides = g.besides || a.has(endsLogs) || a.classes(accessObject).has(Administer)
	}
	return g
}

// forKMIPClient are the classes of an action as a client of KMIP has them: it makes and fetches the objects that it works
// with, which is how the protocol uses them. It has no need to destroy any.
func (a Action) forKMIPClient() classes {
	set := a.classes(^besides &^ kmipObject)
	own := a.classes(kmipObject)
	if !a.Known {
		return set | own
	}
	if ordinary := classesOf(Administer, Export, UseKey); own&ordinary != 0 {
		own = own&^ordinary | classesOf(UseKey)
	}
	return set | own
}

// isProviders reports whether a policy is one of the provider's, which nobody can change: it is for the account itself only.
func (w *world) isProviders(policy map[string]any) bool {
	identities := texts(policy, "identities")
	return isTrue(policy, "read_only") && len(identities) > 0 && !slices.ContainsFunc(identities, func(urn string) bool {
		i := ParseIdentity(urn)
		return i.Kind != Root || i.Account != w.account
	})
}

var powers = []Class{Export, Destroy, Escalate}

func (w *world) policy(index int) map[string]any {
	policy := w.policies[index]
	s, g := w.scopes[index], w.grants[index]
	providers := w.isProviders(policy)
	expires, ends := moment(policy, "expires_at")
	counts := s.touches && !providers
	gives := counts && (!ends || !w.at.reached(expires))
	people, programs := false, false
	urns := texts(policy, "identities")
	identities := make([]any, len(urns))
	for k, urn := range urns {
		i := ParseIdentity(urn)
		subject := w.subject(i)
		has := g.classes
		if subject.kmip {
			has = g.kmipClient
		}
		people, programs = people || subject.person, programs || !subject.person
		if counts {
			w.give(i, subject, has, index)
		}
		if gives {
			w.inForce[i.URN] = true
			if i.Kind == Service {
				w.inForce["client "+i.Name] = true
			}
		}
		if gives && subject.problem == noProblem {
			if subject.person || !isTrue(policy, "break_glass") { // what a program does every day is no emergency
				w.use(subject, s, g)
			}
			w.administer(i, subject, index)
		}
		identities[k] = map[string]any{
			"urn": urn, "kind": string(i.Kind), "problem": string(subject.problem), "person": subject.person, "factors": listOf(subject.factors),
			"test": subject.test, "powers": powersOf(has, counts), "reads_other": w.readsOther(s, g, subject, counts), "test_reads": w.testReads(s, g, subject, counts),
			"uses_other": w.usesOther(s, g, i, gives),
		}
	}
	allKeys, keys := s.all || s.allKeys, s.keys
	if !g.keys && !g.classes.has(Escalate) {
		allKeys, keys = false, nil
	}
	kind := text(policy, "identity_kind")
	return map[string]any{
		"provider": providers, "people": people, "touches": s.touches,
		"kind_differs": kind == "service" && people || kind == "human" && programs,
		"wide":         listOf(append(slices.Clone(g.wide), s.wide...)), "unknown": listOf(g.unknown), "dangling": listOf(s.astray),
		"all_keys": allKeys, "keys": listOf(keys), "reads_secrets": counts && g.secrets, "powers": g.powers(), "destroys": listOf(g.destroys), "identities": identities,
	}
}

// powersOf are the classes that only people may have, of those that an identity has.
func powersOf(has classes, counts bool) []any {
	all := []any{}
	for _, class := range powers {
		if counts && has.has(class) {
			all = append(all, class.String())
		}
	}
	return all
}

// powers are the actions that give each of those classes.
func (g grant) powers() map[string]any {
	all := map[string]any{}
	for _, class := range powers {
		by := []any{}
		for _, a := range g.actions {
			if a.classes(^besides).has(class) {
				by = append(by, a.Text)
			}
		}
		if len(by) > 0 {
			all[class.String()] = by
		}
	}
	return all
}

// give notes the classes of rights that an identity's holders have by a policy.
func (w *world) give(i Identity, subject subject, has classes, index int) {
	g := w.grants[index]
	w.granted[i.URN] |= g.classes
	if i.Kind == Service {
		w.granted["client "+i.Name] |= g.classes
		w.wideOf["client "+i.Name] = append(w.wideOf["client "+i.Name], g.wide...)
		w.policiesOf["client "+i.Name] = append(w.policiesOf["client "+i.Name], index)
	}
	for _, name := range holdersOf(i, subject) {
		r := w.note(name, has, index)
		r.person = r.person || subject.person
		if g.besides && r.besides < 0 {
			r.besides = index
		}
		if g.endsLogs && r.endsLogs < 0 {
			r.endsLogs = index
		}
	}
}

// holdersOf are those who have the rights of an identity. The members of a group get them at the end, once.
func holdersOf(i Identity, subject subject) []string {
	switch {
	case i.Kind == Group:
		return []string{"group " + i.Name}
	case len(subject.holders) == 0:
		return []string{i.Text}
	}
	return subject.holders
}

func (w *world) note(name string, has classes, index int) *rights {
	r := w.rights[name]
	if r == nil {
		r = &rights{besides: -1, endsLogs: -1, administers: -1}
		w.rights[name] = r
	}
	for class := UseKey; class < classCount; class++ {
		if has.has(class) && !r.classes.has(class) {
			r.because[class] = index
		}
	}
	r.classes |= has
	return r
}

// use notes what a policy lets somebody alive use.
func (w *world) use(subject subject, s scope, g grant) {
	if g.keys {
		w.keyUse.permit(s, subject.person)
	}
	for _, workload := range subject.workloads {
		if g.kmip && (s.all || s.kmip) {
			w.kmip[workload] = true
		}
		if g.secrets {
			w.secrets.read(workload, s)
		}
	}
}

// readsOther is a secret that a program may read though it is none of its consumers; empty for none.
func (w *world) readsOther(s scope, g grant, subject subject, counts bool) string {
	if !counts || !g.secrets || subject.person {
		return ""
	}
	return w.secrets.foreign(s, subject.workloads)
}

// giveToMembers gives the rights of groups to their members.
func (w *world) giveToMembers() {
	for _, name := range sortedKeys(w.directory.groups) {
		group := w.rights["group "+name]
		if group == nil {
			continue
		}
		for _, member := range w.directory.groups[name].holders {
			for class := UseKey; class < classCount; class++ {
				if group.classes.has(class) {
					w.note(member, classesOf(class), group.because[class])
				}
			}
			r := w.note(member, 0, 0)
			r.person = true
			r.besides, r.endsLogs = max(r.besides, group.besides), max(r.endsLogs, group.endsLogs)
			r.administers = max(r.administers, group.administers)
		}
	}
}

// administer notes that an identity administers keys or the domain by a policy in everyday work. Who may destroy every secret
// does; the owner of some paths, who deletes what is there, does not.
func (w *world) administer(i Identity, subject subject, index int) {
	g, s := w.grants[index], w.scopes[index]
	if !g.administers && !(g.destroysSecrets && (s.all || s.allSecrets)) || isTrue(w.policies[index], "break_glass") {
		return
	}
	for _, name := range holdersOf(i, subject) {
		if r := w.rights[name]; r != nil && r.administers < 0 {
			r.administers = index
		}
	}
}

// administrators are the persons who administer keys or the domain in everyday work, each with the policy that gives it.
func (w *world) administrators() map[string]any {
	all := map[string]any{}
	for name, r := range w.rights {
		if person, isPerson := strings.CutPrefix(name, personHolder); isPerson && r.administers >= 0 {
			all[person] = r.administers
		}
	}
	return all
}

// testReads is a secret that a test may read and a program in production reads too; empty for none.
func (w *world) testReads(s scope, g grant, subject subject, counts bool) string {
	if !counts || !g.secrets || subject.person || !subject.test {
		return ""
	}
	return w.secrets.first(s, func(path string) bool { return w.secrets.mayRead(production, path) })
}

// holding are the holders that have rights of more than one class besides metadata.
func (w *world) holding() []any {
	w.giveToMembers()
	all := []any{}
	for _, name := range sortedKeys(w.rights) {
		r := w.rights[name]
		because := map[string]any{}
		for class := UseKey; class < classCount; class++ {
			if r.classes.has(class) {
				because[class.String()] = r.because[class]
			}
		}
		r.beside(because)
		if len(because) > 1 {
			all = append(all, map[string]any{"name": name, "classes": because})
		}
	}
	return all
}

// beside adds what must be apart though it is no right on keys: a program that uses keys administers nothing at all, and nobody
// ends the recording of what the same person does with keys. A program that administers sets up logs as well.
func (r *rights) beside(because map[string]any) {
	_, administers := because[Administer.String()]
	if uses := r.classes&classesOf(UseKey, ReadSecret) != 0; !r.person && uses && r.besides >= 0 && !administers {
		because[Administer.String()] = r.besides
	}
	if r.person && r.endsLogs >= 0 {
		because["end_logs"] = r.endsLogs
	}
}

func (w *world) certificates() []any {
	certificates := items(fieldsOf(w.evidence["credentials"]), "certificates")
	all := make([]any, len(certificates))
	for n, certificate := range certificates {
		kinds, permitted := map[Kind]bool{}, true
		kind := string(Unknown)
		for _, urn := range texts(certificate, "identity_urns") {
			i := ParseIdentity(urn)
			kinds[i.Kind], kind = true, string(i.Kind)
			permitted = permitted && w.isPermitted(i)
		}
		if len(kinds) > 1 {
			kind = string(Unknown)
		}
		all[n] = map[string]any{"kind": kind, "live": lives(certificate, w.at), "permitted": permitted}
	}
	return all
}

// isPermitted reports whether a policy that has not ended names an identity, or a policy a group that it is a member of.
func (w *world) isPermitted(i Identity) bool {
	if w.inForce[i.URN] {
		return true
	}
	return i.Kind == User && slices.ContainsFunc(w.groupsOf[i.Name], func(group string) bool { return w.rights["group "+group] != nil })
}

func (w *world) clients() []any {
	clients := items(fieldsOf(w.evidence["management"]), "api_clients")
	all := make([]any, len(clients))
	for n, client := range clients {
		g := w.grantOf(texts(client, "scopes"))
		kind, name := clientIdentity(client)
		permitted := true
		if user, isUser := w.users[name]; kind == User {
			permitted = isUser && user.problem == noProblem
		}
		beyond := []any{}
		if kind == Service {
			beyond = w.beyond("client "+name, texts(client, "scopes"))
			permitted = w.inForce["client "+name]
			g.classes |= w.granted["client "+name]
			g.wide = append(g.wide, w.wideOf["client "+name]...)
		}
		all[n] = map[string]any{
			"classes": g.classes.names(), "wide": listOf(g.wide), "unknown": listOf(g.unknown), "permitted": permitted,
			"beyond": beyond,
		}
	}
	return all
}

// beyond are the actions that policies give an API client and that its scopes do not list.
func (w *world) beyond(client string, scopes []string) []any {
	all := []any{}
	for _, index := range w.policiesOf[client] {
		for _, a := range w.grants[index].actions {
			covers := func(scope string) bool { return w.table.covers(scope, a.Text) }
			if !slices.ContainsFunc(scopes, covers) && !slices.Contains(all, any(a.Text)) {
				all = append(all, a.Text)
			}
		}
	}
	return all
}

func (w *world) kmipClientsWithout() []any {
	kmip := fieldsOf(w.evidence["kmip"])
	has := map[string]bool{}
	for _, object := range items(kmip, "objects") {
		if !strings.HasPrefix(text(object, "state"), "Destroyed") {
			has[text(object, "client")] = true
		}
	}
	without := []any{}
	for i, client := range items(kmip, "clients") {
		if has[text(client, "id")] && !w.kmip[text(client, "workload")] {
			without = append(without, i)
		}
	}
	return without
}

func (w *world) secretReaders() []any { return w.secrets.readersOfAll() }
