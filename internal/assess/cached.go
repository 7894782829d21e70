package assess

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/cache"
	"github.com/raci-check/raci-check/internal/consistency"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/internal/waiver"
)

// Stored is what an entry of a cache says of a service, besides the service itself.
type Stored struct {
	Tool         assessment.Tool
	At           time.Time // for which it was assessed
	Until        time.Time // before which, from At on, nothing but the time itself is another; zero where only At is sure
	Rests        []document.File
	Marks        []consistency.Mark
	Listed       []verdict.Location    `json:",omitempty"` // places of its waivers
	Worst        []assessment.Standing `json:",omitempty"` // of the brief
	Descriptions cache.Key             // of the activities and checks
	// Brief is the rest of what is counted. Many services have the same one: it stands behind all else, and is read once for them.
	Brief *assessment.Brief `json:"-"`
}

// betweenParts parts the JSON of what is a service's own from that of the brief: neither has a line break in it.
const betweenParts = '\n'

// head is an entry as it is stored.
func (s *Stored) head() ([]byte, error) {
	brief := *s.Brief
	own := *s
	own.Worst, brief.Tally.Worst = brief.Tally.Worst, nil
	first, err := json.Marshal(own)
	if err != nil {
		return nil, fmt.Errorf("encode an entry of the cache: %w", err)
	}
	second, err := json.Marshal(brief)
	if err != nil {
		return nil, fmt.Errorf("encode an entry of the cache: %w", err)
	}
	return append(append(first, betweenParts), second...), nil
}

// briefs are those that entries of a run have in common. It may be used concurrently.
type briefs struct {
	mutex sync.Mutex
	read  map[string]*assessment.Brief // by their JSON
}

// mostBriefs is how many are held: a few kilobytes each.
const mostBriefs = 512

// stored reads the head of an entry; nil where it holds something else.
func (b *briefs) stored(head []byte) *Stored {
	own, encoded, isParted := bytes.Cut(head, []byte{betweenParts})
	var s Stored
	if !isParted || json.Unmarshal(own, &s) != nil {
		return nil
	}
	shared := b.brief(encoded)
	if shared == nil {
		return nil
	}
	brief := *shared
	brief.Tally.Worst = s.Worst
	s.Brief = &brief
	return &s
}

func (b *briefs) brief(encoded []byte) *assessment.Brief {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if brief := b.read[string(encoded)]; brief != nil {
		return brief
	}
	var brief assessment.Brief
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber() // the values of parameters
	if decoder.Decode(&brief) != nil {
		return nil
	}
	if b.read == nil || len(b.read) >= mostBriefs {
		b.read = map[string]*assessment.Brief{}
	}
	b.read[string(encoded)] = &brief
	return &brief
}

// holds reports whether the entry says what an assessment for a time would.
func (s *Stored) holds(at time.Time) bool {
	return at.Equal(s.At) || at.After(s.At) && at.Before(s.Until)
}

// Store keeps results by the digests of all that they were made of: in a folder for many runs, or in a file for one that may be killed.
type Store interface {
	// Begin is told what the run assesses by, before anything else.
	Begin(run cache.Run) error
	Get(key cache.Key, wantBody bool) (head, body []byte, ok bool)
	Put(key cache.Key, head, body []byte)
}

// cached takes services from a cache, and puts them there.
type cached struct {
	Store
	rules string // digest of all that a service is assessed by
	once  bool   // for this time alone
	seen  evidence.Seen
	hits  atomic.Int64

	briefs briefs

	mutex      sync.Mutex
	glossaries map[cache.Key]*assessment.Glossary // those read last
	written    map[cache.Key]bool                 // descriptions that this run wrote, or saw
}

// newCached is for assessments that begin as this one.
func newCached(store Store, head assessment.Assessment, o Options) (*cached, error) {
	program, err := cache.Program()
	if err != nil {
		return nil, err
	}
	run := cache.Run{Version: head.Tool.Version, Program: program, At: o.At, PastAt: head.PastAt}
	inputs := *head.Inputs
	// These say what else was looked at, or what the assessment is called.
	head.At, head.PastAt, inputs.PassedOver, inputs.Folders, inputs.Trees = "", false, nil, nil, nil
	head.Inputs = &inputs
	encoded, err := json.Marshal([]any{program, head, o.Duties, o.Forecast, o.limits().Bytes})
	if err != nil {
		return nil, fmt.Errorf("digest of the rules: %w", err)
	}
	sum := sha256.Sum256(encoded)
	run.Rules = hex.EncodeToString(sum[:])
	_, once := store.(*cache.Unfinished)
	return &cached{Store: store, rules: run.Rules, once: once}, store.Begin(run)
}

// key is the digest of all that the result for a service follows from but the time, and the files that its evidence names.
func (s *stream) key(source *evidence.Source, files []document.File) cache.Key {
	hash := sha256.New()
	fmt.Fprintf(hash, "service %s %q\n", s.cached.rules, source.ID)
	if source.SharesWaivers() || slices.ContainsFunc(s.waivers, func(w waiver.Waiver) bool { return w.Shared }) {
		fmt.Fprintf(hash, "shares waivers %t\n", source.SharesWaivers())
	}
	for _, file := range files {
		fmt.Fprintf(hash, "%s %q\n", file.SHA256, file.Path)
	}
	return cache.Key(hash.Sum(nil))
}

func descriptionsKey(descriptions []byte) cache.Key {
	sum := sha256.Sum256(descriptions)
	return cache.Key(sha256.Sum256(append([]byte("descriptions "), sum[:]...)))
}

// stored answers what the cache has of a service, if that holds now.
func (s *stream) stored(source *evidence.Source) (turn, bool, error) {
	files, err := s.reader.Digests(source)
	if err != nil {
		return turn{}, false, nil // Open says what is wrong
	}
	counter, counts := s.sink.(Counter)
	alone := counts && counter.CountsAlone()
	head, own, ok := s.cached.Get(s.key(source, files), !alone)
	if !ok {
		return turn{}, false, nil
	}
	entry := s.cached.briefs.stored(head)
	at := s.options.At
	if entry == nil || !entry.holds(at) || !s.reader.Unchanged(source, entry.Rests, &s.cached.seen) {
		return turn{}, false, nil
	}
	t := turn{marks: entry.Marks, listed: entry.Listed}
	if alone {
		t.add = counter.Count(entry.Brief)
	} else {
		service := s.cached.service(entry, own)
		if service == nil {
			return turn{}, false, nil
		}
		service.At = at.UTC().Format(time.RFC3339Nano)
		if t.add, err = s.sink.Take(service); err != nil {
			return turn{}, false, err
		}
	}
	s.reader.PassBy(source)
	s.cached.hits.Add(1)
	return t, true, nil
}

// mostGlossaries is how many glossaries are held. Most fleets have one.
const mostGlossaries = 16

// service puts together what an entry says; nil where a part of it is gone.
func (c *cached) service(entry *Stored, own []byte) *assessment.Service {
	glossary := c.glossary(entry.Descriptions)
	if glossary == nil {
		return nil
	}
	service, err := glossary.Unpack(own)
	if err != nil {
		return nil
	}
	return service
}

func (c *cached) glossary(key cache.Key) *assessment.Glossary {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if glossary := c.glossaries[key]; glossary != nil {
		return glossary
	}
	_, descriptions, ok := c.Get(key, true)
	if !ok {
		return nil
	}
	glossary, err := assessment.ReadGlossary(descriptions)
	if err != nil {
		return nil
	}
	if c.glossaries == nil || len(c.glossaries) >= mostGlossaries {
		c.glossaries = map[cache.Key]*assessment.Glossary{}
	}
	c.glossaries[key] = glossary
	return glossary
}

// describe makes sure that descriptions are in the cache.
func (c *cached) describe(key cache.Key, descriptions []byte) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.written[key] {
		return
	}
	if _, _, ok := c.Get(key, true); !ok {
		c.Put(key, nil, descriptions)
	}
	if c.written == nil || len(c.written) >= mostGlossaries {
		c.written = map[cache.Key]bool{}
	}
	c.written[key] = true
}

// store completes an entry of a result and puts it for a service into the cache. What has an error in place of a verdict may have it by chance.
func (s *stream) store(source *evidence.Source, set *evidence.Set, entry Stored, service *assessment.Service) error {
	if service.Result == verdict.Error {
		return nil
	}
	own, descriptions, err := assessment.Pack(service)
	if err != nil {
		return err
	}
	entry.Tool, entry.At, entry.Rests = s.options.Tool, s.options.At, set.Rests
	entry.Brief, entry.Listed, entry.Descriptions = assessment.BriefOf(service), listedFor(service), descriptionsKey(descriptions)
	head, err := entry.head()
	if err != nil {
		return err
	}
	s.cached.describe(entry.Descriptions, descriptions)
	s.cached.Put(s.key(source, set.Files), head, own)
	return nil
}
