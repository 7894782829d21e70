package permission

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// Problem says why an identity cannot be relied on to be somebody in particular; empty where it can.
type Problem string

// What can be wrong with an identity.
const (
	noProblem      Problem = ""
	isEverybody    Problem = "everybody"       // a wildcard
	isRoot         Problem = "root"            // the account itself
	unknownKind    Problem = "unknown"         // no URN of an identity
	foreignAccount Problem = "foreign_account" // of another account than the others
	unknownUser    Problem = "unknown_user"    // no user of the account
	disabledUser   Problem = "disabled_user"
	hasLeft        Problem = "left" // personnel says that the person left
	unknownGroup   Problem = "unknown_group"
	unknownMembers Problem = "unknown_members" // a group without members, with others than counted, or whose members are no users
	unenforced     Problem = "unenforced"      // a group of an identity provider without evidence of its rules
	noCredential   Problem = "no_credential"   // a service account with neither a live certificate nor an API credential
)

// subject is somebody, or some program, that can use rights: an entry of the directory that an identity leads to.
type subject struct {
	problem Problem
	person  bool     // a human being, or people
	vacant  bool     // a group that is said to have no members
	holders []string // who has the rights: persons, workloads, programs
	factors []string // second factors by which people log in
	// Of a program: the workloads it runs for, whether it stands for a test, whether it is a client of KMIP.
	workloads []string
	test      bool
	kmip      bool
}

// personHolder begins the name of a holder that is a person.
const personHolder = "person "

type directory struct {
	account  string
	users    map[string]subject // by login
	groups   map[string]subject // by name
	services map[string]*service
	groupsOf map[string][]string  // names of the groups that a login is a member of
	people   map[string]string    // ids of the directory of people by each name; empty where several persons have the name
	since    map[string]time.Time // their first days, by id
}

// service is what the evidence has about the URN of a service account, or of another identity of a certificate.
type service struct {
	live      bool
	test      bool
	workloads []string
}

// newDirectory reads who and what can act, at a time.
func newDirectory(evidence map[string]any, at *clock) *directory {
	d := &directory{services: map[string]*service{}, groupsOf: map[string][]string{}}
	account := fieldsOf(evidence["account"])
	d.readPeople(fieldsOf(evidence["people"]))
	left := map[string]bool{}
	for _, leaver := range items(account, "leavers") {
		person := d.personOf(text(leaver, "person"))
		if day, isDate := moment(leaver, "left_at"); isDate && at.reached(day) && !d.cameBack(person, day, at) {
			left[person] = true
		}
	}
	d.readUsers(account, left)
	d.readGroups(account, left)
	d.readCertificates(fieldsOf(evidence["credentials"]), at)
	d.readClients(fieldsOf(evidence["management"]), at)
	d.account = d.mostNamed(evidence)
	return d
}

// readPeople reads the names of each person: an identity provider knows people by their addresses, and personnel perhaps by
// numbers.
func (d *directory) readPeople(people map[string]any) {
	d.people, d.since = map[string]string{}, map[string]time.Time{}
	for _, person := range items(people, "people") {
		id := fold(text(person, "id"))
		if day, isDate := moment(person, "active_from"); isDate {
			d.since[id] = day
		}
		for _, name := range slices.Concat([]string{id}, texts(person, "logins"), texts(person, "addresses")) {
			of := id
			if other, hasOwner := d.people[fold(name)]; hasOwner && other != id {
				of = ""
			}
			d.people[fold(name)] = of
		}
	}
}

// cameBack reports whether the directory has somebody's first day after the day on which the person left: whoever left is there again.
func (d *directory) cameBack(person string, left time.Time, at *clock) bool {
	first, isDate := d.since[person]
	return isDate && first.After(left) && at.reached(first)
}

// personOf is the one name of a person, or the name itself where the directory does not know whose it is.
func (d *directory) personOf(name string) string { return cmp.Or(d.people[fold(name)], fold(name)) }

func (d *directory) readUsers(account map[string]any, left map[string]bool) {
	users := items(account, "users")
	d.users = make(map[string]subject, len(users))
	for _, user := range users {
		login, person := fold(text(user, "login")), d.personOf(text(user, "person"))
		s := subject{
			person: text(user, "kind") != "technical", holders: []string{personHolder + cmp.Or(person, login)},
			factors: []string{cmp.Or(text(user, "mfa"), "none")},
		}
		if !s.person {
			s.holders = []string{"technical user " + login}
		}
		switch {
		case text(user, "status") != "enabled":
			s.problem = disabledUser
		case left[person] && s.person:
			s.problem = hasLeft
		}
		d.users[login] = s
	}
}

// readGroups reads the groups of the account. Those of an identity provider have no users in the account: its rules stand for
// them.
func (d *directory) readGroups(account map[string]any, left map[string]bool) {
	federation := fieldsOf(account["federation"])
	enforced := text(federation, "provider") != "" && isTrue(federation, "mfa_required") &&
		text(fieldsOf(fieldsOf(federation)["artifact"]), "sha256") != ""
	d.groups = map[string]subject{}
	for _, group := range items(account, "groups") {
		name, members := fold(text(group, "name")), texts(group, "members")
		_, isListed := group["members"]
		s := subject{person: true, vacant: len(members) == 0 && (isListed || number(group, "member_count") == 0)}
		federated := isTrue(group, "federated")
		if federated {
			s.factors = federatedFactors(group, federation)
			if !enforced {
				s.problem = unenforced
			}
		}
		factors, enabled := map[string]bool{}, 0
		for _, member := range members {
			login := fold(member)
			user, isUser := d.users[login]
			switch {
			case !isUser && federated && login != "":
				person := d.personOf(member)
				s.holders = append(s.holders, personHolder+person)
				if left[person] {
					s.problem = hasLeft
				}
			case !isUser:
				s.problem = unknownMembers
			case user.person && left[strings.TrimPrefix(user.holders[0], personHolder)]: // also where the user is disabled
				s.problem = hasLeft
			case user.problem == noProblem:
				enabled++
				d.groupsOf[login] = append(d.groupsOf[login], name)
				s.person = s.person && user.person
				s.holders = append(s.holders, user.holders...)
				factors[user.factors[0]] = true
			}
		}
		if !federated {
			if enabled == 0 || number(group, "member_count") != len(members) {
				s.problem = cmp.Or(s.problem, unknownMembers)
			}
			s.factors = slices.Sorted(maps.Keys(factors))
		}
		s.holders = append(s.holders, "group "+name)
		d.groups[name] = s
	}
}

// federatedFactors are the second factors of a federated group: its own, or those of the identity provider. A group that lists
// none of its own has none.
func federatedFactors(group, federation map[string]any) []string {
	factors := texts(group, "mfa_methods")
	if len(factors) > 0 {
		return factors
	}
	if _, isListed := group["mfa_methods"]; isListed {
		return []string{"none"}
	}
	if factors = texts(federation, "mfa_methods"); len(factors) > 0 {
		return factors
	}
	return []string{"none"}
}

func (d *directory) at(urn string) *service {
	s := d.services[urn]
	if s == nil {
		s = &service{}
		d.services[urn] = s
	}
	return s
}

func (s *service) runs(workload string) {
	if workload != "" && !slices.Contains(s.workloads, workload) {
		s.workloads = append(s.workloads, workload)
	}
}

// lives reports whether a certificate can be used at a time.
func lives(certificate map[string]any, at *clock) bool {
	expires, ends := moment(certificate, "expires_at")
	return !past(certificate, "revoked_at", at) && past(certificate, "created_at", at) && ends && !at.reached(expires)
}

func (d *directory) readCertificates(credentials map[string]any, at *clock) {
	for _, certificate := range items(credentials, "certificates") {
		if !lives(certificate, at) {
			continue
		}
		for _, urn := range texts(certificate, "identity_urns") {
			s := d.at(fold(urn))
			s.live = true
			s.test = s.test || text(certificate, "environment") == "test"
			s.runs(text(certificate, "workload"))
		}
	}
}

// clientIdentity is what an API client's identity ends in: the name of a service account, or the login of a token's user.
func clientIdentity(client map[string]any) (kind Kind, name string) {
	id := fold(text(client, "id"))
	switch text(client, "kind") {
	case "oauth2_service_account":
		return Service, "oauth2-" + strings.TrimPrefix(id, "oauth2-")
	case "personal_access_token":
		login, _, _ := strings.Cut(id, "/")
		return User, login
	}
	return Unknown, ""
}

// clientName is the name under which the directory has what an API client stands for.
func clientName(kind Kind, name string) string {
	if kind == User {
		return "token " + name
	}
	return "client " + name
}

// readClients reads the API clients: service accounts, and the tokens of users. They are named by id, not by URN: the account
// before the name is any.
func (d *directory) readClients(management map[string]any, at *clock) {
	for _, client := range items(management, "api_clients") {
		expires, ends := moment(client, "expires_at")
		kind, name := clientIdentity(client)
		if kind == Unknown || ends && at.reached(expires) {
			continue
		}
		s := d.at(clientName(kind, name))
		s.live = true
		s.test = s.test || text(client, "environment") == "test"
		s.runs(text(client, "workload"))
	}
}

// mostNamed is the account that most identities are of: the others are of strangers.
func (d *directory) mostNamed(evidence map[string]any) string {
	counts := map[string]int{}
	count := func(urns []string) {
		for _, urn := range urns {
			if i := ParseIdentity(urn); i.Account != "" {
				counts[i.Account]++
			}
		}
	}
	for _, policy := range items(fieldsOf(evidence["iam"]), "policies") {
		count(texts(policy, "identities"))
	}
	for _, certificate := range items(fieldsOf(evidence["credentials"]), "certificates") {
		count(texts(certificate, "identity_urns"))
	}
	return most(counts)
}

// most is the name that counts most; of two that count as much, the first in the order of letters.
func most(counts map[string]int) string {
	most := ""
	for name, n := range counts {
		if n > counts[most] || n == counts[most] && name < most {
			most = name
		}
	}
	return most
}

// find is what an identity leads to.
func (d *directory) find(i Identity, kmip map[string]bool) subject {
	if i.Account != "" && i.Account != d.account {
		return subject{problem: foreignAccount, person: i.Kind != Service}
	}
	switch i.Kind {
	case Everybody:
		return subject{problem: isEverybody, person: true}
	case Root:
		return subject{problem: isRoot, person: true}
	case User:
		s, isUser := d.users[i.Name]
		if !isUser {
			return subject{problem: unknownUser, person: true}
		}
		s = s.runsFor(d.services[i.URN])
		if !s.person { // a person's own token is for no workload
			s = s.runsFor(d.services[clientName(User, i.Name)])
		}
		return s
	case Group:
		s, isGroup := d.groups[i.Name]
		if !isGroup {
			return subject{problem: unknownGroup, person: true}
		}
		return s
	case Service:
		return d.program(i, kmip)
	}
	return subject{problem: unknownKind, person: true}
}

// runsFor adds the workloads whose certificate, or token, acts as a user.
func (s subject) runsFor(own *service) subject {
	if own == nil {
		return s
	}
	s.test = s.test || own.test
	s.workloads, s.holders = slices.Concat(s.workloads, own.workloads), slices.Clone(s.holders)
	for _, workload := range own.workloads {
		s.holders = append(s.holders, "workload "+workload)
	}
	return s
}

func (d *directory) program(i Identity, kmip map[string]bool) subject {
	s := subject{problem: noCredential}
	for _, urn := range []string{i.URN, clientName(Service, i.Name)} {
		service := d.services[urn]
		if service == nil {
			continue
		}
		if service.live {
			s.problem = noProblem
		}
		s.test = s.test || service.test
		s.workloads = append(s.workloads, service.workloads...)
	}
	for _, workload := range s.workloads {
		s.kmip = s.kmip || kmip[workload]
		s.holders = append(s.holders, "workload "+workload)
	}
	if len(s.holders) == 0 {
		s.holders = []string{i.Text}
	}
	return s
}
