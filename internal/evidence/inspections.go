package evidence

import (
	"sync"

	"github.com/raci-check/raci-check/internal/artifact"
)

// Inspections keeps what was seen in artifacts, so that a file that is the same is not looked into again. Nil keeps nothing. It is for
// one list of placeholders, and may be used concurrently.
type Inspections struct {
	mutex sync.Mutex
	seen  map[inspected]*artifact.Problem
}

// inspected is all that an inspection goes by.
type inspected struct {
	path, sha256, service, section, method string
	read, populous                         bool
}

// mostInspected is how many inspections are kept: more than the evidence of one service takes.
const mostInspected = 4096

// of inspects a file with a digest.
func (k *Inspections) of(file artifact.File, sha256 string) *artifact.Problem {
	if k == nil {
		return artifact.Inspect(file)
	}
	key := inspected{file.Path, sha256, file.Service, file.Section, file.Method, file.Read, file.Populous()}
	k.mutex.Lock()
	problem, seen := k.seen[key]
	k.mutex.Unlock()
	if seen {
		return problem
	}
	problem = artifact.Inspect(file)
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if k.seen == nil || len(k.seen) >= mostInspected {
		k.seen = map[inspected]*artifact.Problem{}
	}
	k.seen[key] = problem
	return problem
}
