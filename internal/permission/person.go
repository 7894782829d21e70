package permission

import (
	"strconv"
	"strings"
)

// Right is a class of rights that a person has by a policy.
type Right struct {
	Class   string
	Pointer string // to the policy
}

// Reading is what policies said when they were read.
type Reading struct{ world *world }

// Read takes the policies of evidence as they were read.
func Read(evidence map[string]any, table *Table) *Reading {
	iam := fieldsOf(evidence["iam"])
	at, _ := moment(fieldsOf(iam["source"]), "collected_at")
	return &Reading{newWorld(evidence, table, &clock{at: at})}
}

// Persons are the rights that each person has by the policies, emergency policies included: nobody reviews the own rights. The
// names are those of the evidence: a user's person, or a member of a group. What the table of actions lacks counts for nothing here: a
// check of its own finds it.
func (r *Reading) Persons() map[string][]Right {
	w := r.world
	for index, policy := range w.policies {
		if w.isProviders(policy) || !w.scopes[index].touches {
			continue
		}
		for _, urn := range texts(policy, "identities") {
			i := ParseIdentity(urn)
			w.give(i, w.subject(i), w.grants[index].known(), index)
		}
	}
	w.giveToMembers()
	rights := map[string][]Right{}
	for _, name := range sortedKeys(w.rights) {
		person, isPerson := strings.CutPrefix(name, personHolder)
		if !isPerson {
			continue
		}
		has := w.rights[name]
		for class := UseKey; class < classCount; class++ {
			if has.classes.has(class) {
				rights[person] = append(rights[person], Right{class.String(), policyAt(has.because[class])})
			}
		}
		if has.endsLogs >= 0 {
			rights[person] = append(rights[person], Right{string(endsLogs), policyAt(has.endsLogs)})
		}
	}
	return rights
}

// known are the classes of the actions that the table has.
func (g grant) known() classes {
	var set classes
	for _, a := range g.actions {
		if a.Known {
			set |= a.classes(^besides)
		}
	}
	return set
}

func policyAt(index int) string { return "/iam/policies/" + strconv.Itoa(index) }
