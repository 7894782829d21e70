package permission

import "slices"

// keyUse is which workloads use which service keys, as the evidence says, and which the policies let use them.
type keyUse struct {
	keys []keyed
	at   map[string]int // place of a key, by id

	// Users: names of workloads, or of the identity of a program without one.
	ofAll   map[string]bool            // of every key
	ofOne   map[string]map[string]bool // by id of the key
	persons map[string]bool            // ids of keys that persons may use
	people  bool                       // persons may use every key

	ofPrograms string // the first key that is for programs, once it was looked for
	searched   bool
}

// keyed is a service key that is not destroyed.
type keyed struct {
	id        string
	index     int
	used      bool
	test      bool
	workloads []string // that it names, or else that store data under it
}

func newKeyUse(evidence map[string]any) keyUse {
	u := keyUse{at: map[string]int{}, ofAll: map[string]bool{}, ofOne: map[string]map[string]bool{}, persons: map[string]bool{}}
	stores := map[string][]string{}
	for _, dataset := range items(fieldsOf(evidence["datasets"]), "datasets") {
		id, workload := text(dataset, "key_id"), text(dataset, "workload")
		if id != "" && workload != "" && !slices.Contains(stores[id], workload) {
			stores[id] = append(stores[id], workload)
		}
	}
	replaced := map[int]string{} // place of a key for which nothing else says what it is for, and the id of its replacement
	for index, key := range items(fieldsOf(evidence["keys"]), "service_keys") {
		id := text(key, "id")
		if state := text(key, "state"); id == "" || state == "destroyed" || state == "destroyed_compromised" {
			continue
		}
		_, used := key["last_used_at"]
		k := keyed{
			id: id, index: index, used: used && text(key, "state") == "active", test: text(key, "environment") == "test",
			workloads: texts(key, "workloads"),
		}
		if len(k.workloads) == 0 {
			k.workloads = stores[id]
		}
		u.at[id] = len(u.keys)
		u.keys = append(u.keys, k)
		if replacement := text(key, "replaced_by"); replacement != "" && text(key, "state") != "active" && len(k.workloads) == 0 {
			replaced[len(u.keys)-1] = replacement
		}
	}
	u.inherit(replaced)
	return u
}

// maxReplacements is how many keys one after the other are looked at for what the first is for.
const maxReplacements = 8

// inherit gives keys the workloads of the keys that replaced them: what is still under a retired key is for those who use the new
// one. replaced is by the place of a key.
func (u *keyUse) inherit(replaced map[int]string) {
	inherited := map[int][]string{}
	for first := range replaced {
		at, isKey := first, true
		for n := 0; n < maxReplacements && isKey && len(u.keys[at].workloads) == 0; n++ {
			at, isKey = u.at[replaced[at]]
		}
		if isKey {
			inherited[first] = u.keys[at].workloads
		}
	}
	for at, workloads := range inherited {
		u.keys[at].workloads = workloads
	}
}

// users have the rights of a program: its workloads, or the program itself.
func users(program subject, urn string) []string {
	if len(program.workloads) > 0 {
		return program.workloads
	}
	return []string{urn}
}

// note notes that programs may use the keys of a scope.
func (u *keyUse) note(s scope, programs []string) {
	for _, program := range programs {
		if s.all || s.allKeys {
			u.ofAll[program] = true
		}
		for _, id := range s.keys {
			if u.ofOne[id] == nil {
				u.ofOne[id] = map[string]bool{}
			}
			u.ofOne[id][program] = true
		}
	}
}

// permit notes that a person may use the keys of a scope; programs are noted before.
func (u *keyUse) permit(s scope, person bool) {
	if !person {
		return
	}
	u.people = u.people || s.all || s.allKeys
	for _, id := range s.keys {
		u.persons[id] = true
	}
}

func (u *keyUse) mayUse(id, workload string) bool { return u.ofAll[workload] || u.ofOne[id][workload] }

// isForeign reports whether a key is for others than a program: for other workloads, as the key or its data say, or for another
// program as well, where nothing says that several use it. A program with a right to every key does not count against one with a
// right to this key.
func (u *keyUse) isForeign(k keyed, programs []string, toAll bool) bool {
	if k.test {
		return false
	}
	isAmong := func(workload string) bool { return slices.Contains(programs, workload) }
	if len(k.workloads) > 0 {
		return !slices.ContainsFunc(k.workloads, isAmong)
	}
	anotherUses := func(of map[string]bool) bool {
		for user := range of {
			if !isAmong(user) {
				return true
			}
		}
		return false
	}
	return anotherUses(u.ofOne[k.id]) || toAll && anotherUses(u.ofAll)
}

// isForPrograms reports whether a person has no business with a key: data is under it, or a program uses it.
func (u *keyUse) isForPrograms(k keyed) bool {
	return !k.test && (len(k.workloads) > 0 || len(u.ofAll) > 0 || len(u.ofOne[k.id]) > 0)
}

// forPrograms is the first of all keys that is for programs; empty for none.
func (u *keyUse) forPrograms() string {
	if !u.searched {
		u.ofPrograms, u.searched = u.first(scope{all: true}, u.isForPrograms), true
	}
	return u.ofPrograms
}

// first is the first key of a scope that fits a condition; empty for none.
func (u *keyUse) first(s scope, fits func(keyed) bool) string {
	if s.all || s.allKeys {
		if at := slices.IndexFunc(u.keys, fits); at >= 0 {
			return u.keys[at].id
		}
		return ""
	}
	for _, id := range s.keys {
		if at, isKey := u.at[id]; isKey && fits(u.keys[at]) {
			return id
		}
	}
	return ""
}

// usable are the keys that somebody may use: one of their workloads, where the evidence says which, or else anybody.
func (u *keyUse) usable() map[string]any {
	ids := map[string]any{}
	for _, k := range u.keys {
		anybody := len(k.workloads) == 0 && (u.people || u.persons[k.id] || len(u.ofAll) > 0 || len(u.ofOne[k.id]) > 0)
		if anybody || slices.ContainsFunc(k.workloads, func(workload string) bool { return u.mayUse(k.id, workload) }) {
			ids[k.id] = true
		}
	}
	return ids
}

// without are the workloads that a key in use is for, and that no policy lets use it.
func (u *keyUse) without() []any {
	all := []any{}
	for _, k := range u.keys {
		for _, workload := range k.workloads {
			if k.used && !u.mayUse(k.id, workload) {
				all = append(all, map[string]any{"key": k.index, "workload": workload})
			}
		}
	}
	return all
}

// notePrograms notes which keys and secrets a policy lets programs use in everyday work, before any policy is judged by what others
// allow.
func (w *world) notePrograms(index int) {
	policy, s, g := w.policies[index], w.scopes[index], w.grants[index]
	expires, ends := moment(policy, "expires_at")
	if !s.touches || w.isProviders(policy) || isTrue(policy, "break_glass") || ends && w.at.reached(expires) {
		return
	}
	for _, urn := range texts(policy, "identities") {
		i := ParseIdentity(urn)
		subject := w.subject(i)
		if subject.person || subject.problem != noProblem {
			continue
		}
		if g.secretUse {
			w.keyUse.note(s, users(subject, i.URN))
		}
		if g.secrets && !subject.test {
			w.secrets.read(production, s)
		}
	}
}

// usesOther is a key, or a KMIP object, that an identity may use and that is not for it; empty for none. Persons use keys in
// an emergency alone, which the caller knows, and keys that no program uses.
func (w *world) usesOther(s scope, g grant, i Identity, counts bool) string {
	subject := w.subject(i)
	if !counts || subject.problem != noProblem {
		return ""
	}
	programs := users(subject, i.URN)
	toAll := s.all || s.allKeys
	uses, fits := g.secretUse, func(k keyed) bool { return w.keyUse.isForeign(k, programs, toAll) }
	if subject.person {
		uses, fits = g.personalUse, w.keyUse.isForPrograms
	}
	if uses {
		id := ""
		if subject.person && toAll {
			id = w.keyUse.forPrograms()
		} else {
			id = w.keyUse.first(s, fits)
		}
		if id != "" {
			return id
		}
	}
	if g.kmipUse || !subject.person && g.kmipReach {
		for _, id := range s.kmipObjects {
			if subject.person || !slices.Contains(programs, w.kmipIDs[id]) {
				return id
			}
		}
	}
	if !g.kmipUse {
		return ""
	}
	if (s.all || s.allKMIP) && !subject.kmip && len(w.kmipIDs) > 0 {
		return "kmip/*"
	}
	return ""
}
