package cache

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/raci-check/raci-check/internal/safefile"
)

// Run is what a run assesses by and for. Results of another are not its results.
type Run struct {
	Version string    // of the program
	Program string    // digest of the program's file
	Rules   string    // digest of policies, parameters and options
	At      time.Time // the time that evidence is judged for
	PastAt  bool      // that time was allowed to be in the past
}

// differs says what is another in a later run; empty where nothing is.
func (r Run) differs(now Run) string {
	switch {
	case r.Program != now.Program:
		return fmt.Sprintf("by another build of the program (%s, this one is %s)", r.Version, now.Version)
	case !r.At.Equal(now.At):
		return fmt.Sprintf("for --at %s, this run is for %s", r.At.UTC().Format(time.RFC3339), now.At.UTC().Format(time.RFC3339))
	case r.PastAt != now.PastAt:
		return "with another --allow-past-at"
	case r.Rules != now.Rules:
		return "by other policies, parameters, waivers or options"
	}
	return ""
}

// Unfinished is one file with the results of a run that has not ended yet: of as many services as were assessed so far. Entries have the
// form of those in a folder, each behind its key, and are sealed in the same way. It may be used concurrently.
type Unfinished struct {
	name   string
	secret []byte
	file   *safefile.Growing

	mutex   sync.Mutex
	entries map[Key]place
	problem error
	dropped int64 // bytes at the end that could not be believed
}

// place is where an entry stands in the file.
type place struct {
	at     int64
	length int
}

// runKey is that of the first entry: whose results these are.
var runKey = Key(sha256.Sum256([]byte("run")))

// OpenUnfinished opens a file, and makes it where it is not there.
func OpenUnfinished(name string, secret []byte) (*Unfinished, error) {
	file, err := safefile.OpenGrowing(name)
	if err != nil {
		return nil, fmt.Errorf("resume: %w", err)
	}
	return &Unfinished{name: name, secret: secret, file: file, entries: map[Key]place{}}, nil
}

// Begin reads what an earlier run has left, and refuses it where that was by other rules. The file ends where an entry cannot be believed:
// what stands behind it is assessed again.
func (u *Unfinished) Begin(run Run) error {
	described, err := json.Marshal(run)
	if err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	if u.file.Size() == 0 {
		return u.put(runKey, described, nil)
	}
	key, head, next := u.next(0)
	var before Run
	if key != runKey || json.Unmarshal(head, &before) != nil {
		return fmt.Errorf("resume: %s holds no results that this program can believe: it is another file, was sealed with another secret, or was changed: name a new file, or remove this one and assess from the beginning", u.name)
	}
	if difference := before.differs(run); difference != "" {
		return fmt.Errorf("resume: the results in %s were made %s: resume with what the first run was given, or remove the file and assess from the beginning", u.name, difference)
	}
	for next < u.file.Size() {
		key, _, end := u.next(next)
		if end == 0 {
			break
		}
		u.entries[key] = place{next, int(end - next)}
		next = end
	}
	if u.dropped = u.file.Size() - next; u.dropped > 0 {
		return u.file.Cut(next)
	}
	return nil
}

// Dropped is how many bytes at the end of the file could not be believed.
func (u *Unfinished) Dropped() int64 { return u.dropped }

// next reads and verifies an entry without its body, and answers where it ends; 0 where there is none that can be believed.
func (u *Unfinished) next(at int64) (key Key, head []byte, end int64) {
	start := make([]byte, len(key)+headStart)
	if _, err := u.file.ReadAt(start, at); err != nil {
		return key, nil, 0
	}
	key, start = Key(start[:len(key)]), start[len(key):]
	headLength, bodyLength, ok := lengthsIn(start)
	behind := at + int64(len(key)+headStart)
	end = behind + int64(headLength) + int64(bodyLength)
	if !ok || end > u.file.Size() {
		return key, nil, 0
	}
	rest := make([]byte, int(headLength)+int(bodyLength))
	if _, err := u.file.ReadAt(rest, behind); err != nil && !errors.Is(err, io.EOF) {
		return key, nil, 0
	}
	head = rest[:headLength]
	sum := sha256.Sum256(rest[headLength:])
	if !bytes.Equal(sum[:], start[bodyDigest:seal]) || !hmac.Equal(sealOf(u.secret, key, start, head), start[seal:headStart]) {
		return key, nil, 0
	}
	return key, head, end
}

// Get answers the head of an entry, and its body where that is wanted.
func (u *Unfinished) Get(key Key, wantBody bool) (head, body []byte, ok bool) {
	u.mutex.Lock()
	where, ok := u.entries[key]
	u.mutex.Unlock()
	if !ok {
		return nil, nil, false
	}
	content := make([]byte, where.length)
	if _, err := u.file.ReadAt(content, where.at); err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, false
	}
	content = content[len(key):]
	headLength, _, ok := lengthsIn(content)
	if head = content[headStart : headStart+int(headLength)]; !ok || !hmac.Equal(sealOf(u.secret, key, content, head), content[seal:headStart]) {
		return nil, nil, false
	}
	if !wantBody {
		return head, nil, true
	}
	body, ok = bodyOf(content, content[headStart+int(headLength):])
	return head, body, ok
}

// Put appends an entry. What goes wrong is answered by Close: the run goes on, and cannot be resumed from here.
func (u *Unfinished) Put(key Key, head, body []byte) {
	if err := u.put(key, head, body); err != nil {
		u.mutex.Lock()
		defer u.mutex.Unlock()
		if u.problem == nil {
			u.problem = err
		}
	}
}

func (u *Unfinished) put(key Key, head, body []byte) error {
	entry, err := sealed(u.secret, key, head, body)
	if err != nil || entry == nil {
		return err
	}
	content := slices.Concat(key[:], entry)
	u.mutex.Lock()
	defer u.mutex.Unlock()
	at := u.file.Size()
	if err := u.file.Append(content); err != nil {
		return err
	}
	u.entries[key] = place{at, len(content)}
	return nil
}

// Finish removes the file: the run has ended, and its reports are written.
func (u *Unfinished) Finish() error { return u.file.Remove() }

// Close lets the file go, and answers what kept entries from being written.
func (u *Unfinished) Close() error {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	return errors.Join(u.problem, u.file.Close())
}
