package assessment

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"os"
	"slices"
	"sync"

	"github.com/raci-check/raci-check/internal/parallel"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/verdict"
)

// Fleet is an assessment whose services need not be in memory: of many it holds the tally, and has the rest in a temporary
// file until it is closed.
type Fleet struct {
	// Head is the assessment without its services and its digest.
	Head  Assessment
	Tally Tally

	keep     Keep
	few      bool             // so few services that all are held in memory
	services []*Service       // while they are few, or all that there are
	results  []verdict.Status // of all services
	file     *os.File
	ends     []int64 // in the file, of each service
	glossary glossary
	keys     []serviceKey   // of all services, of a fleet that was read
	digest   string         // of the assessment that was read
	from     []*Fleet       // that this one was merged from
	chosen   []place        // the services of this one there
	of       *Fleet         // that this one shows in other words; nil for one that holds its services
	reword   func(*Service) // what changes them
	whole    func() (*Assessment, error)
}

// serviceKey says which service it is, and for when it was assessed.
type serviceKey struct{ id, at string }

// Keep says of which services a fleet keeps more than the tally.
type Keep int

const (
	KeepFew Keep = iota // only where there are few
	KeepAll
)

// few is how many services are held in memory.
const few = 8

// NewFleet begins a fleet of so many services.
func NewFleet(head Assessment, services int, keep Keep) (*Fleet, error) {
	head.Services, head.Waivers, head.Digest, head.Result, head.Readings = nil, nil, "", "", nil
	f := &Fleet{Head: head, keep: keep, few: services <= few}
	f.whole = sync.OnceValues(f.load)
	if services <= few || keep == KeepFew {
		return f, nil
	}
	file, err := os.CreateTemp("", "raci-check-*")
	if err != nil {
		return nil, fmt.Errorf("hold services: %w", err)
	}
	// Where the system allows it, the name goes at once, so that nothing stays behind whatever ends the program.
	_ = os.Remove(file.Name())
	f.file = file
	return f, nil
}

// FleetOf is an assessment that is in memory.
func FleetOf(a *Assessment) *Fleet {
	f := &Fleet{Head: *a, keep: KeepAll, digest: a.Digest, whole: func() (*Assessment, error) { return a, nil }}
	f.Head.Services, f.Head.Digest, f.Head.Readings = nil, "", nil
	for i := range a.Services {
		f.count(&a.Services[i])
		f.services = append(f.services, &a.Services[i])
		f.keys = append(f.keys, serviceKey{a.Services[i].Service.ID, a.Services[i].At})
	}
	f.Head.Result, f.Head.Readings = a.Result, a.Readings
	f.AddWaivers(a.Waivers)
	return f
}

// AddWaivers adds the waivers that are about no finding of any service, once all services are there.
func (f *Fleet) AddWaivers(idle []Waiver) {
	f.Head.Waivers = idle
	f.Tally.begin()
	for _, w := range idle {
		f.Tally.Waivers[w.State]++
	}
}

// Take prepares a service, which may be done for several at once. What it answers adds the service; that must be called in
// the order that the services are to have.
func (f *Fleet) Take(s *Service) (add func() error, err error) {
	if f.file == nil {
		return func() error {
			f.count(s)
			if f.Tally.Services <= few {
				f.services = append(f.services, s)
			} else {
				f.services = nil
			}
			return nil
		}, nil
	}
	encoded, err := f.glossary.encode(s)
	if err != nil {
		return nil, err
	}
	return func() error {
		f.count(s)
		if _, err := f.file.Write(encoded); err != nil {
			return fmt.Errorf("hold services: %w", err)
		}
		f.ends = append(f.ends, f.start(len(f.ends))+int64(len(encoded)))
		return nil
	}, nil
}

func (f *Fleet) count(s *Service) { f.add(BriefOf(s)) }

func (f *Fleet) add(b *Brief) {
	f.Tally.merge(&b.Tally)
	f.results = append(f.results, b.Result)
	f.Head.Result = verdict.Worse(f.Head.Result, b.Result)
	f.Head.addReadings(b.Readings)
}

// CountsAlone reports whether the fleet keeps nothing of a service but what it counts.
func (f *Fleet) CountsAlone() bool { return f.keep == KeepFew && !f.few }

// Count answers what adds a service of which nothing more is known, to a fleet that counts alone; it must be called in the order
// that the services are to have.
func (f *Fleet) Count(b *Brief) (add func() error) {
	return func() error {
		f.add(b)
		return nil
	}
}

// Brief is what is counted of one service.
type Brief struct {
	Tally    Tally
	Result   verdict.Status
	Readings []ByReading `json:",omitempty"`
}

// BriefOf is what is counted of a service.
func BriefOf(s *Service) *Brief {
	b := &Brief{Tally: TallyOf(s), Result: s.Result}
	if s.Dispute != nil {
		b.Readings = s.Dispute.Readings
	}
	return b
}

// Close gives up what the fleet holds on disk.
func (f *Fleet) Close() (err error) {
	for _, merged := range f.from {
		err = errors.Join(err, merged.Close())
	}
	if f.file == nil {
		return err
	}
	err = errors.Join(err, f.file.Close())
	_ = os.Remove(f.file.Name()) // where it was not possible before
	return err
}

// ErrNotKept says that the services are more than a fleet was told to keep.
var ErrNotKept = errors.New("the services were counted, not kept")

// Reworded is the fleet with its texts changed when they are asked for: nothing but texts may change, and neither the fleet itself
// nor its digest does. It is closed with the fleet.
func (f *Fleet) Reworded(head func(*Assessment), service func(*Service)) *Fleet {
	shown := &Fleet{Head: f.Head, Tally: f.Tally, keep: f.keep, results: f.results, of: f, reword: service}
	head(&shown.Head)
	shown.whole = sync.OnceValues(func() (*Assessment, error) {
		sealed, err := f.Whole()
		if err != nil {
			return nil, err
		}
		a := *sealed
		head(&a)
		a.Services = slices.Clone(a.Services)
		for i := range a.Services {
			service(&a.Services[i])
		}
		return &a, nil
	})
	return shown
}

// Service answers a service by its place.
func (f *Fleet) Service(i int) (*Service, error) {
	switch {
	case f.of != nil:
		s, err := f.of.Service(i)
		if err != nil {
			return nil, err
		}
		changed := *s
		f.reword(&changed)
		return &changed, nil
	case f.from != nil:
		return f.from[f.chosen[i].fleet].Service(f.chosen[i].at)
	case i < len(f.services):
		return f.services[i], nil
	case f.file == nil:
		return nil, ErrNotKept
	}
	encoded := make([]byte, f.ends[i]-f.start(i))
	if _, err := f.file.ReadAt(encoded, f.start(i)); err != nil {
		return nil, fmt.Errorf("read held services: %w", err)
	}
	return f.glossary.decode(encoded)
}

func (f *Fleet) start(i int) int64 {
	if i == 0 {
		return 0
	}
	return f.ends[i-1]
}

// WorstFirst goes through the services, the worst results first; those of one result in their order. It ends with the
// first error.
func (f *Fleet) WorstFirst() iter.Seq2[*Service, error] {
	order := make([]int, len(f.results))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return verdict.WorstFirst(f.results[a], f.results[b]) })
	return func(yield func(*Service, error) bool) {
		for _, i := range order {
			s, err := f.Service(i)
			if !yield(s, err) || err != nil {
				return
			}
		}
	}
}

// Whole is the assessment with all services in memory, sealed.
func (f *Fleet) Whole() (*Assessment, error) { return f.whole() }

func (f *Fleet) load() (*Assessment, error) {
	a, err := f.Unsealed()
	if err != nil {
		return nil, err
	}
	return a, a.Seal()
}

// Unsealed is Whole without a digest, which takes longer than the rest.
func (f *Fleet) Unsealed() (*Assessment, error) {
	a := f.Head
	a.Services = make([]Service, len(f.results))
	for i := range a.Services {
		s, err := f.Service(i)
		if err != nil {
			return nil, err
		}
		a.Services[i] = *s
	}
	return &a, nil
}

// WriteJSON writes the assessment as Assessment.WriteJSON does, one service after the other.
func (f *Fleet) WriteJSON(w io.Writer) error {
	before, after, err := f.frame()
	if err != nil {
		return err
	}
	if _, err := w.Write(sanitize.AppendIndented(nil, append(before, '['), 0)); err != nil {
		return err
	}
	const depth = 2 // of a service
	digest, err := f.within(w, before, after, func(w io.Writer, i int, encode encoding) error {
		in := sanitize.Indenter{W: w, Depth: depth}
		if i > 0 {
			if err := in.Add([]byte{','}); err != nil {
				return err
			}
		}
		if err := encode(in.Add); err != nil {
			return err
		}
		return in.End()
	})
	if err != nil {
		return err
	}
	_, err = w.Write(append(sanitize.AppendIndented(nil, append([]byte{']'}, sealed(after, digest)...), depth), '\n'))
	return err
}

// frame is the JSON of the head, in one line, before and after the services.
func (f *Fleet) frame() (before, after []byte, err error) {
	encoded, err := json.Marshal(&f.Head)
	if err != nil {
		return nil, nil, fmt.Errorf("encode assessment: %w", err)
	}
	// No text has this in it: quotes in texts are escaped.
	const services = `"services":`
	_, after, _ = bytes.Cut(encoded, []byte(services+"null"))
	end := len(encoded) - len(after) - len("null")
	return encoded[:end:end], after, nil
}

// unsealed is the end of the JSON of an assessment without a digest.
const unsealed = `"digest":""}`

func sealed(after []byte, digest string) []byte {
	return fmt.Appendf(nil, `%s"digest":%q}`, bytes.TrimSuffix(after, []byte(unsealed)), digest)
}

// encoding answers the JSON of a service in one line, piece by piece.
type encoding func(use func(compact []byte) error) error

// each writes each service in a form that is made of its JSON in one line, and answers the digest of the assessment.
func (f *Fleet) each(w io.Writer, form func(w io.Writer, i int, encode encoding) error) (digest string, err error) {
	before, after, err := f.frame()
	if err != nil {
		return "", err
	}
	return f.within(w, before, after, form)
}

// within does so for one whose head is encoded: it is not small.
func (f *Fleet) within(w io.Writer, before, after []byte, form func(w io.Writer, i int, encode encoding) error) (digest string, err error) {
	hash := sha256.New()
	hash.Write(before)
	if len(f.results) == 1 {
		err = f.only(w, hash, form)
	} else {
		err = f.several(w, hash, form)
	}
	if err != nil {
		return "", err
	}
	hash.Write([]byte{']'})
	hash.Write(after)
	return "sha256:" + hex.EncodeToString(hash.Sum(nil)), nil
}

// only does so for a single service, which may be large: it is formed and written piece by piece.
func (f *Fleet) only(w io.Writer, hash hash.Hash, form func(w io.Writer, i int, encode encoding) error) error {
	s, err := f.Service(0)
	if err != nil {
		return err
	}
	hash.Write([]byte{'['})
	return form(w, 0, func(use func(compact []byte) error) error {
		return sanitize.Encode(s, func(compact []byte) error {
			hash.Write(compact)
			return use(compact)
		})
	})
}

// several does so for many services, some of which are encoded and formed at the same time.
func (f *Fleet) several(w io.Writer, hash hash.Hash, form func(w io.Writer, i int, encode encoding) error) error {
	type encoded struct{ compact, formed []byte }
	return parallel.Each(context.Background(), len(f.results), func(_ context.Context, i int) (encoded, error) {
		s, err := f.Service(i)
		if err != nil {
			return encoded{}, err
		}
		compact, err := json.Marshal(s)
		if err != nil {
			return encoded{}, fmt.Errorf("encode service: %w", err)
		}
		formed := bytes.NewBuffer(make([]byte, 0, len(compact)*2))
		err = form(formed, i, func(use func(compact []byte) error) error { return use(compact) })
		return encoded{compact, formed.Bytes()}, err
	}, func(i int, e encoded) error {
		separator := byte(',')
		if i == 0 {
			separator = '['
		}
		hash.Write([]byte{separator})
		hash.Write(e.compact)
		_, err := w.Write(e.formed)
		return err
	})
}
