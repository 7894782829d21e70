package permission

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Misfit is something that policies, and what stands for rights beside them, say and that cannot be, or that shows nothing.
type Misfit struct {
	Condition string
	Pointer   string
	Related   []string
	Values    map[string]any
}

// recentDays are those before the policies were read in which what was made needed a right that somebody still has.
const recentDays = 90

// kmipPort is the one port at which the service speaks KMIP.
const kmipPort = 5696

// Misfits are, as of when the policies were read:
//
//	idle_action      an action that is possible on nothing that its policy names
//	idle_resource    a resource on which no action of its policy is possible
//	other_region     an identity or a resource that is written as one of another region than those of the account
//	other_domain     an object of this domain that is named as one of another domain
//	nobody_made      a key or certificate that was made lately, and nobody but the account itself may make any
//	idle_scope       a scope of an API client that no policy gives it
//	other_owner      a personal token for which another person answers
//	other_workload   an API client and a certificate of one identity that are for different workloads
//	other_protocol   a workload that reaches the domain at no port of a protocol that it may use
func (r *Reading) Misfits() []Misfit {
	m := &misfits{world: r.world, keys: map[string]map[string]any{}, region: r.world.mostNamedRegion()}
	for _, key := range items(fieldsOf(r.world.evidence["keys"]), "service_keys") {
		m.keys[fold(text(key, "id"))] = key
	}
	m.reviewed, _ = moment(fieldsOf(fieldsOf(r.world.evidence["iam"])["review"]), "reviewed_on")
	for index, policy := range r.world.policies {
		if !r.world.isProviders(policy) {
			m.policy(index, policy)
		}
	}
	if len(r.world.policies) > 0 {
		m.made()
		m.clients()
		m.protocols()
	}
	return m.all
}

type misfits struct {
	*world
	keys     map[string]map[string]any // by the spelling of their ids
	region   string                    // in most URNs
	reviewed time.Time                 // when the policies were reviewed; zero for never
	all      []Misfit
}

func (m *misfits) report(condition, pointer string, related []string, values map[string]any) {
	m.all = append(m.all, Misfit{condition, pointer, related, values})
}

// policy compares the actions of a policy with what it names.
func (m *misfits) policy(index int, policy map[string]any) {
	at := policyAt(index)
	for k, urn := range texts(policy, "identities") {
		m.inRegion(urn, at+"/identities/"+strconv.Itoa(k))
	}
	resources := texts(policy, "resources")
	targets := make([]target, len(resources))
	for k, urn := range resources {
		pointer := at + "/resources/" + strconv.Itoa(k)
		m.inRegion(urn, pointer)
		for _, member := range m.groups[fold(urn)] {
			m.inRegion(member, pointer)
		}
		targets[k] = m.target(urn)
		if targets[k].ours {
			m.report("other_domain", pointer, nil, map[string]any{"text": urn})
		}
	}
	actions := m.grants[index].actions
	if len(actions) == 0 || len(targets) == 0 {
		return
	}
	for k, t := range targets {
		if !slices.ContainsFunc(actions, func(a Action) bool { return m.possible(a, t) }) {
			m.report("idle_resource", at+"/resources/"+strconv.Itoa(k), []string{at + "/allow"}, map[string]any{"text": resources[k]})
		}
	}
	for k, a := range actions {
		if m.useful(a) && !slices.ContainsFunc(targets, func(t target) bool { return m.possible(a, t) }) {
			m.report("idle_action", at+"/allow/"+strconv.Itoa(k), []string{at + "/resources"}, map[string]any{"text": a.Text})
		}
	}
}

// useful reports whether it matters that an action is possible: reading names and states of nothing does no harm, and is often
// left in a list of actions.
func (m *misfits) useful(a Action) bool {
	return a.classes(serviceKey|kmipObject|secretObject)&^classesOf(ReadMetadata) != 0 ||
		serviceOf(a) == "account" && a.classes(^object(0))&^classesOf(ReadMetadata) != 0
}

// target is what a resource, or the members of a group of resources, come to.
type target struct {
	anything bool // nobody can tell
	ours     bool // an object of this domain, named as one of another domain
	parts    []Resource
}

func (m *misfits) target(urn string) target {
	r := ParseResource(urn, m.domain)
	if r.Area != ResourceGroup {
		return target{anything: r.isOpen(), ours: m.isOurs(r), parts: []Resource{r}}
	}
	var t target
	members := m.groups[r.URN]
	for _, member := range members {
		part := ParseResource(member, m.domain)
		t.parts, t.ours = append(t.parts, part), t.ours || m.isOurs(part)
		t.anything = t.anything || part.isOpen() || part.Area == ResourceGroup
	}
	t.anything = t.anything || len(members) == 0
	return t
}

// isOpen reports whether nobody can tell what a resource is.
func (r Resource) isOpen() bool { return r.Area == OpenPattern || r.Area == UnknownArea }

// isOurs reports whether a resource of another domain has the id of a key or a KMIP object of this one.
func (m *misfits) isOurs(r Resource) bool {
	if r.Area != OtherDomain {
		return false
	}
	_, id, _ := strings.Cut(r.URN[strings.LastIndexByte(r.URN, ':')+1:], "/")
	kind, id, _ := strings.Cut(id, "/")
	_, isKey := m.keyIDs[id]
	_, isKMIP := m.kmipIDs[id]
	return kind == "servicekey" && isKey || strings.HasPrefix(kind, "kmip") && isKMIP
}

// possible reports whether an action can be done on a target. What is not known may be possible.
func (m *misfits) possible(a Action, t target) bool {
	if t.anything || a.Wildcard || !a.Known || serviceOf(a) == "" {
		return true
	}
	return slices.ContainsFunc(t.parts, func(r Resource) bool { return serviceOf(a) == r.service() && m.isFor(a, r) })
}

// isFor reports whether an action is for a resource of its service.
func (m *misfits) isFor(a Action, r Resource) bool {
	if r.Area != Object && r.Area != Folder {
		return true
	}
	return typeOf(a) == strings.TrimSuffix(r.Type, "object") && (r.Type != "servicekey" || m.allows(m.keys[r.Name], a))
}

// typeOf is the type of the objects that an action is done to, as resources have it.
func typeOf(a Action) string {
	_, action, _ := strings.Cut(fold(a.Text), ":")
	of, name, _ := strings.Cut(action, ":")
	if of == "kmip" {
		return of
	}
	name, _, _ = strings.Cut(name, "/")
	return name
}

// allows reports whether a key can be used for an action: by its operations, and by its state if it had it when the policies
// were reviewed. What a key does not say of itself forbids nothing; that a destroyed key is named is found elsewhere.
func (m *misfits) allows(key map[string]any, a Action) bool {
	needed := m.table.operations[fold(a.Text)]
	if len(needed) == 0 || key == nil {
		return true
	}
	operations, state := texts(key, "operations"), text(key, "state")
	ended := !strings.HasPrefix(state, "destroyed") && (past(key, "deactivated_at", m.reviewed) || past(key, "compromised_at", m.reviewed))
	return len(operations) == 0 || slices.ContainsFunc(needed, func(operation string) bool {
		return slices.Contains(operations, operation) && (!ended || slices.Contains(m.table.states[operation], state))
	})
}

// serviceOf is the service of an action; empty for a path of the API.
func serviceOf(a Action) string {
	service, _, found := strings.Cut(fold(a.Text), ":")
	if !found || strings.ContainsAny(service, "/ ") {
		return ""
	}
	return service
}

// service is the one that a resource is of.
func (r Resource) service() string {
	parts := strings.SplitN(r.URN, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	return parts[4]
}

// regionOf is the region of a URN: it is that of the account, wherever the resource lies.
func regionOf(urn string) string {
	parts := strings.SplitN(fold(urn), ":", 5)
	if len(parts) < 5 || parts[0] != "urn" || strings.Contains(parts[2], "*") {
		return ""
	}
	return parts[2]
}

// inRegion finds a URN of another region than most are of.
func (m *misfits) inRegion(urn, pointer string) {
	if region := regionOf(urn); region != "" && region != m.region {
		m.report("other_region", pointer, nil, map[string]any{"text": urn, "region": region, "other": m.region})
	}
}

// mostNamedRegion is the region that most identities and resources are of.
func (w *world) mostNamedRegion() string {
	counts := map[string]int{}
	for _, policy := range w.policies {
		for _, urn := range slices.Concat(texts(policy, "identities"), texts(policy, "resources")) {
			if region := regionOf(urn); region != "" {
				counts[region]++
			}
		}
	}
	return most(counts)
}

// made finds what was made lately though nobody may make any but the account itself. The first of each kind stands for all.
func (m *misfits) made() {
	reading, there := moment(fieldsOf(fieldsOf(m.evidence["iam"])["source"]), "collected_at")
	if !there || m.byRoleAlone() {
		return
	}
	for _, of := range []struct {
		section, list string
		ceremonies    bool // some were imported in a ceremony, for which the right may be given and taken away
		actions       []string
		everywhere    func(s scope) bool // what is new has no name yet, which a policy could have
	}{
		{"credentials", "certificates", false, []string{"okms:apiovh:credential/create"}, func(s scope) bool { return s.all }},
		{"keys", "service_keys", true, []string{"okms:apiovh:serviceKey/create", "okms:apikms:serviceKey/create"}, func(s scope) bool { return s.all || s.allKeys }},
	} {
		if m.mayBeDone(of.actions, of.everywhere) {
			continue
		}
		for index, made := range items(fieldsOf(m.evidence[of.section]), of.list) {
			at, there := moment(made, "created_at")
			if there && !(of.ceremonies && text(made, "origin") == "imported") && !at.After(reading) && reading.Sub(at) <= recentDays*24*time.Hour {
				m.report("nobody_made", fmt.Sprintf("/%s/%s/%d/created_at", of.section, of.list, index), []string{"/iam/policies"},
					map[string]any{"text": text(made, "id"), "date": text(made, "created_at"), "actions": strings.Join(of.actions, " or ")})
				break
			}
		}
	}
}

// byRoleAlone reports whether people administer by their role in the account, which no policy shows, and none by a policy in
// everyday work.
func (m *misfits) byRoleAlone() bool {
	privileged := func(user map[string]any) bool {
		return isTrue(user, "privileged") && text(user, "status") == "enabled" && text(user, "kind") != "technical"
	}
	if !slices.ContainsFunc(items(fieldsOf(m.evidence["account"]), "users"), privileged) {
		return false
	}
	for index, policy := range m.world.policies {
		powers := m.grants[index].classes & classesOf(Administer, Destroy, Escalate)
		if powers == 0 || m.isProviders(policy) || isTrue(policy, "break_glass") || !m.scopes[index].touches {
			continue
		}
		if slices.ContainsFunc(texts(policy, "identities"), func(urn string) bool { return m.subject(ParseIdentity(urn)).person }) {
			return false
		}
	}
	return true
}

// mayBeDone reports whether a policy gives one of some actions to others than the account itself, where that is of use.
func (m *misfits) mayBeDone(actions []string, where func(s scope) bool) bool {
	for index, policy := range m.world.policies {
		if m.isProviders(policy) || !where(m.scopes[index]) {
			continue
		}
		for _, a := range m.grants[index].actions {
			if slices.ContainsFunc(actions, func(action string) bool { return m.table.covers(a.Text, action) }) {
				return true
			}
		}
	}
	return false
}

// clients compares what API clients say of themselves with the policies and certificates of their identities.
func (m *misfits) clients() {
	given := m.given()
	certificates := m.certificateOf()
	privileged := map[string]bool{}
	for _, user := range items(fieldsOf(m.evidence["account"]), "users") {
		privileged[fold(text(user, "login"))] = isTrue(user, "privileged")
	}
	for n, client := range items(fieldsOf(m.evidence["management"]), "api_clients") {
		kind, name := clientIdentity(client)
		user, known := m.users[name]
		at := "/management/api_clients/" + strconv.Itoa(n)
		actions := given[kind][name]
		if kind == Service && len(actions) > 0 || kind == User && known && !privileged[name] {
			m.idleScopes(client, actions, at)
		}
		if owner := text(client, "owner"); kind == User && user.person && owner != "" && personHolder+m.personOf(owner) != user.holders[0] {
			m.report("other_owner", at+"/owner", []string{at + "/id"}, map[string]any{"text": owner, "other": name})
		}
		if kind != Service {
			continue
		}
		other, there := certificates[name]
		workload := text(client, "workload")
		if there && workload != "" && fold(other.workload) != fold(workload) {
			m.report("other_workload", at+"/workload", []string{other.pointer}, map[string]any{"text": workload, "other": other.workload})
		}
	}
}

// given are the actions that policies give to service accounts and users, by kind and name of the identity.
func (m *misfits) given() map[Kind]map[string][]Action {
	all := map[Kind]map[string][]Action{Service: {}, User: {}, Group: {}}
	for index, policy := range m.world.policies {
		for _, urn := range texts(policy, "identities") {
			if i := ParseIdentity(urn); all[i.Kind] != nil {
				all[i.Kind][i.Name] = append(all[i.Kind][i.Name], m.grants[index].actions...)
			}
		}
	}
	for login, groups := range m.groupsOf {
		for _, group := range groups {
			all[User][login] = append(all[User][login], all[Group][group]...)
		}
	}
	return all
}

// idleScopes finds scopes of an API client on the domain that are not among the actions given to its identity.
func (m *misfits) idleScopes(client map[string]any, given []Action, at string) {
	for k, scope := range texts(client, "scopes") {
		covers := func(a Action) bool { return m.table.covers(a.Text, scope) }
		if a := m.action(scope); a.Known && !a.Wildcard && serviceOf(a) == "okms" && !slices.ContainsFunc(given, covers) {
			m.report("idle_scope", at+"/scopes/"+strconv.Itoa(k), []string{"/iam/policies"}, map[string]any{"text": scope})
		}
	}
}

// ownCertificate is the workload that a certificate in use is for, and where it says so.
type ownCertificate struct{ workload, pointer string }

// certificateOf is the first certificate in use of each service account, by the account's name.
func (m *misfits) certificateOf() map[string]ownCertificate {
	all := map[string]ownCertificate{}
	for n, certificate := range items(fieldsOf(m.evidence["credentials"]), "certificates") {
		workload := text(certificate, "workload")
		if workload == "" || !lives(certificate, m.at) {
			continue
		}
		for _, urn := range texts(certificate, "identity_urns") {
			i := ParseIdentity(urn)
			if _, there := all[i.Name]; i.Kind == Service && !there {
				all[i.Name] = ownCertificate{workload, fmt.Sprintf("/credentials/certificates/%d/workload", n)}
			}
		}
	}
	return all
}

// protocols finds workloads that may use the domain by one protocol alone, and reach it at ports of the other only.
func (m *misfits) protocols() {
	rest, kmip := map[string]bool{}, map[string]bool{}
	for index, policy := range m.world.policies {
		g, s := m.grants[index], m.scopes[index]
		for _, urn := range texts(policy, "identities") {
			for _, workload := range m.subject(ParseIdentity(urn)).workloads {
				rest[workload] = rest[workload] || s.touches && (g.keys || g.secrets || len(g.wide)+len(g.unknown) > 0)
				kmip[workload] = kmip[workload] || g.kmip && (s.all || s.kmip)
			}
		}
	}
	fits := map[string]bool{}
	first := map[string]int{}
	clients := items(fieldsOf(m.evidence["network"]), "clients")
	for n, client := range clients {
		workload, port := text(client, "workload"), number(client, "destination_port")
		if _, there := first[workload]; !there {
			first[workload] = n
		}
		isKMIP := port == kmipPort
		fits[workload] = fits[workload] || port < 0 || isKMIP == kmip[workload] || isKMIP != rest[workload]
	}
	for n, client := range clients {
		workload := text(client, "workload")
		if first[workload] == n && !fits[workload] && rest[workload] != kmip[workload] {
			protocol := "the REST API"
			if kmip[workload] {
				protocol = "KMIP"
			}
			m.report("other_protocol", fmt.Sprintf("/network/clients/%d/destination_port", n), []string{"/iam/policies"},
				map[string]any{"text": workload, "port": strconv.Itoa(number(client, "destination_port")), "protocol": protocol})
		}
	}
}
