package permission

import (
	"maps"
	"slices"
	"strings"
)

// secrets are the secrets of the domain, by path, and which workloads may read which.
type secrets struct {
	all       []map[string]any
	paths     []string            // sorted, each once
	consumers map[string][]string // by path
	consumed  map[string]int      // by workload: how many paths it is a consumer of

	readAll, readBelow, readOne map[string]map[string]bool // workloads, by path or by what paths begin with
}

// production stands among the workloads for every program that is for no test.
const production = "\x00production"

func newSecrets(all []map[string]any) secrets {
	s := secrets{
		all: all, consumers: map[string][]string{}, consumed: map[string]int{},
		readAll: map[string]map[string]bool{}, readBelow: map[string]map[string]bool{}, readOne: map[string]map[string]bool{},
	}
	for _, secret := range all {
		path := pathOf(secret)
		if _, isListed := s.consumers[path]; isListed || path == "" {
			continue
		}
		s.paths = append(s.paths, path)
		s.consumers[path] = []string{}
		for _, workload := range texts(secret, "consumers") {
			if !slices.Contains(s.consumers[path], workload) {
				s.consumers[path] = append(s.consumers[path], workload)
				s.consumed[workload]++
			}
		}
	}
	slices.Sort(s.paths)
	return s
}

func pathOf(secret map[string]any) string { return strings.TrimSpace(text(secret, "path")) }

func (s *secrets) has(path string) bool {
	_, isListed := s.consumers[path]
	return isListed
}

// read notes that a workload may read the secrets of a scope.
func (s *secrets) read(workload string, scope scope) {
	note := func(in map[string]map[string]bool, path string) {
		if in[path] == nil {
			in[path] = map[string]bool{}
		}
		in[path][workload] = true
	}
	if scope.all || scope.allSecrets {
		note(s.readAll, "")
	}
	for _, folder := range scope.folders {
		note(s.readBelow, folder)
	}
	for _, path := range scope.paths {
		note(s.readOne, path)
	}
}

// foreign is a secret of a scope that none of the workloads is a consumer of; empty for none.
func (s *secrets) foreign(scope scope, workloads []string) string {
	if (scope.all || scope.allSecrets) && len(workloads) == 1 && s.consumed[workloads[0]] == len(s.paths) {
		return ""
	}
	return s.first(scope, func(path string) bool {
		return !slices.ContainsFunc(s.consumers[path], func(consumer string) bool { return slices.Contains(workloads, consumer) })
	})
}

// first is the first secret of a scope that fits a condition; empty for none.
func (s *secrets) first(scope scope, fits func(path string) bool) string {
	find := func(paths []string) string {
		if at := slices.IndexFunc(paths, fits); at >= 0 {
			return paths[at]
		}
		return ""
	}
	if scope.all || scope.allSecrets {
		return find(s.paths)
	}
	for _, folder := range scope.folders {
		from, _ := slices.BinarySearch(s.paths, folder)
		below := s.paths[from:]
		if end := slices.IndexFunc(below, func(path string) bool { return !strings.HasPrefix(path, folder) }); end >= 0 {
			below = below[:end]
		}
		if path := find(below); path != "" {
			return path
		}
	}
	return find(scope.paths)
}

// readersOfAll are, for each secret, those of its consumers that may read it.
func (s *secrets) readersOfAll() []any {
	lists := make([]any, len(s.all))
	for i, secret := range s.all {
		path := pathOf(secret)
		readers := map[string]any{}
		for _, workload := range texts(secret, "consumers") {
			if s.mayRead(workload, path) {
				readers[workload] = true
			}
		}
		lists[i] = readers
	}
	return lists
}

func (s *secrets) mayRead(workload, path string) bool {
	if s.readAll[""][workload] || s.readOne[path][workload] {
		return true
	}
	for at := range path {
		if path[at] == '/' && s.readBelow[path[:at+1]][workload] {
			return true
		}
	}
	return false
}

func sortedKeys[T any](of map[string]T) []string { return slices.Sorted(maps.Keys(of)) }
