package permission

import (
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
//	idle_ranges      addresses for which a policy is, at none of which its API client is
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
	whole := m.everyUse(actions)
	for k, a := range actions {
		if m.useful(a) && !(whole && serviceOf(a) == "okms") && !slices.ContainsFunc(targets, func(t target) bool { return m.possible(a, t) }) {
			m.report("idle_action", at+"/allow/"+strconv.Itoa(k), []string{at + "/resources"}, map[string]any{"text": a.Text})
		}
	}
}

// useful reports whether it matters that an action is possible: reading names and states of nothing does no harm, and is often
// left in a list of actions.
func (m *misfits) useful(a Action) bool {
	beside := serviceOf(a) == "account" || serviceOf(a) == "ldp"
	return a.classes(serviceKey|kmipObject|secretObject)&^classesOf(ReadMetadata) != 0 ||
		beside && a.classes(^object(0))&^classesOf(ReadMetadata) != 0
}

// everyUse reports whether actions are every use of a key there is: a group of permissions that the provider manages has them all,
// and gives more than a key can do.
func (m *misfits) everyUse(actions []Action) bool {
	return slices.ContainsFunc([]string{"okms:apikms:", "okms:apiovh:"}, func(family string) bool {
		for name := range m.table.operations {
			isListed := func(a Action) bool { return m.table.covers(a.Text, name) }
			if strings.HasPrefix(name, family) && !slices.ContainsFunc(actions, isListed) {
				return false
			}
		}
		return len(m.table.operations) > 0
	})
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
	ended := !strings.HasPrefix(state, "destroyed") && (past(key, "deactivated_at", &clock{at: m.reviewed}) || past(key, "compromised_at", &clock{at: m.reviewed}))
	return len(operations) == 0 || slices.ContainsFunc(needed, func(operation string) bool {
		return slices.Contains(operations, operation) && (!ended || slices.Contains(m.table.states[operation], state))
	})
}

// serviceOf is the service of an action; empty for a path of the API.
func serviceOf(a Action) string {
	service, _, isAction := strings.Cut(fold(a.Text), ":")
	if !isAction || strings.ContainsAny(service, "/ ") {
		return ""
	}
	return service
}

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
