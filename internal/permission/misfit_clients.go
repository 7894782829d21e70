package permission

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// recentDays are those before the policies were read in which what was made needed a right that somebody still has.
const recentDays = 90

// kmipPort is the one port at which the service speaks KMIP.
const kmipPort = 5696

// made finds what was made lately though nobody may make any but the account itself. The first of each kind stands for all.
func (m *misfits) made() {
	reading, dated := moment(fieldsOf(fieldsOf(m.evidence["iam"])["source"]), "collected_at")
	if !dated || m.byRoleAlone() {
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
		last, everMay := m.mayBeDone(of.actions, of.everywhere)
		if everMay && last.IsZero() {
			continue
		}
		for index, made := range items(fieldsOf(m.evidence[of.section]), of.list) {
			at, dated := moment(made, "created_at")
			if everMay && !at.After(last) {
				continue
			}
			if dated && !(of.ceremonies && text(made, "origin") == "imported") && !at.After(reading) && reading.Sub(at) <= recentDays*24*time.Hour {
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

// mayBeDone reports whether a policy gives one of some actions to others than the account itself, where that is of use, and when the
// last of such policies ends; zero for never.
func (m *misfits) mayBeDone(actions []string, where func(s scope) bool) (last time.Time, ever bool) {
	for index, policy := range m.world.policies {
		if m.isProviders(policy) || !where(m.scopes[index]) || !m.isForSomebody(policy) {
			continue
		}
		gives := func(a Action) bool {
			return slices.ContainsFunc(actions, func(action string) bool { return m.table.covers(a.Text, action) })
		}
		if !slices.ContainsFunc(m.grants[index].actions, gives) {
			continue
		}
		end, ends := moment(policy, "expires_at")
		if !ends {
			return time.Time{}, true
		}
		if ever = true; end.After(last) {
			last = end
		}
	}
	return last, ever
}

// isForSomebody reports whether a policy names anybody but groups that are said to have no members. The provider tells no members of
// federated groups: one without a list may have any.
func (m *misfits) isForSomebody(policy map[string]any) bool {
	return slices.ContainsFunc(texts(policy, "identities"), func(urn string) bool {
		i := ParseIdentity(urn)
		return i.Kind != Group || !m.directory.groups[i.Name].vacant
	})
}

// clients compares what API clients say of themselves with the policies and certificates of their identities.
func (m *misfits) clients() {
	actionsOf := m.given()
	certificates := m.certificateOf()
	bound := m.bound()
	privileged := map[string]bool{}
	for _, user := range items(fieldsOf(m.evidence["account"]), "users") {
		privileged[fold(text(user, "login"))] = isTrue(user, "privileged")
	}
	for n, client := range items(fieldsOf(m.evidence["management"]), "api_clients") {
		kind, name := clientIdentity(client)
		user, listed := m.users[name]
		at := "/management/api_clients/" + strconv.Itoa(n)
		actions := actionsOf[kind][name]
		if kind == Service && len(actions) > 0 || kind == User && listed && !privileged[name] {
			m.idleScopes(client, actions, at)
		}
		if owner := text(client, "owner"); kind == User && user.person && owner != "" && personHolder+m.personOf(owner) != user.holders[0] {
			m.report("other_owner", at+"/owner", []string{at + "/id"}, map[string]any{"text": owner, "other": name})
		}
		if kind != Service {
			continue
		}
		m.idleRanges(client, bound[name], at)
		certificate, certified := certificates[name]
		workload := text(client, "workload")
		if certified && workload != "" && fold(certificate.workload) != fold(workload) {
			m.report("other_workload", at+"/workload", []string{certificate.pointer}, map[string]any{"text": workload, "other": certificate.workload})
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

// idleScopes finds scopes of an API client on the domain that are not among the actions that policies give its identity.
func (m *misfits) idleScopes(client map[string]any, actions []Action, at string) {
	for k, scope := range texts(client, "scopes") {
		covers := func(a Action) bool { return m.table.covers(a.Text, scope) }
		if a := m.action(scope); a.Known && !a.Wildcard && serviceOf(a) == "okms" && !slices.ContainsFunc(actions, covers) {
			m.report("idle_scope", at+"/scopes/"+strconv.Itoa(k), []string{"/iam/policies"}, map[string]any{"text": scope})
		}
	}
}

// bound are the policies for some addresses only that service accounts have, by their names.
func (m *misfits) bound() map[string][]int {
	all := map[string][]int{}
	for index, policy := range m.world.policies {
		if len(texts(policy, "source_ip_ranges")) == 0 {
			continue
		}
		for _, urn := range texts(policy, "identities") {
			if i := ParseIdentity(urn); i.Kind == Service {
				all[i.Name] = append(all[i.Name], index)
			}
		}
	}
	return all
}

// idleRanges finds policies for an API client that are for other addresses than those that it comes from.
func (m *misfits) idleRanges(client map[string]any, policies []int, at string) {
	own := texts(client, "ip_ranges")
	for _, index := range policies {
		ranges := texts(m.world.policies[index], "source_ip_ranges")
		overlap := func(text string) bool {
			return slices.ContainsFunc(own, func(other string) bool { return overlaps(text, other) })
		}
		if len(own) > 0 && !slices.ContainsFunc(ranges, overlap) {
			m.report("idle_ranges", policyAt(index)+"/source_ip_ranges", []string{at + "/ip_ranges"},
				map[string]any{"text": text(client, "id"), "ranges": listOf(ranges), "others": listOf(own)})
		}
	}
}

// overlaps reports whether two ranges have an address in common. What is no range may be any.
func overlaps(text, otherText string) bool {
	prefix, err := netip.ParsePrefix(text)
	other, otherErr := netip.ParsePrefix(otherText)
	return err != nil || otherErr != nil || prefix.Overlaps(other)
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
			if _, listed := all[i.Name]; i.Kind == Service && !listed {
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
		if _, listed := first[workload]; !listed {
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
