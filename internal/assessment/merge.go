package assessment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/raci-check/raci-check/internal/parallel"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/verdict"
)

var (
	ErrRules  = errors.New("made with other policies")
	ErrTwice  = errors.New("the same service twice")
	ErrNobody = errors.New("no assessment")
)

// Merge puts assessments together into one of all their services, sorted by service id. They must agree on table,
// policies and parameters: one verdict over different rules would mean nothing. Of a service that comes twice the
// latest counts if latest is set; otherwise it is an error. names stand for the assessments in errors.
//
// The services stay where they are: what is merged takes them from there, and closes the others when it is closed. With an error, they
// stay open.
func Merge(all []*Fleet, names []string, latest bool) (*Fleet, error) {
	if len(all) == 0 {
		return nil, ErrNobody
	}
	if len(all) == 1 {
		return all[0], nil
	}
	head := all[0].Head
	head.Services, head.Waivers, head.Inputs, head.MergedFrom, head.Result, head.Readings = nil, nil, nil, nil, "", nil
	for i, f := range all {
		if difference := differ(&all[0].Head, &f.Head); difference != "" {
			return nil, fmt.Errorf("%s and %s: %w: the %s; render them separately, or assess again", names[0], names[i], ErrRules, difference)
		}
		head.MergedFrom = append(head.MergedFrom, f.digest)
		head.Partial = head.Partial || f.Head.Partial
		head.PastAt = head.PastAt || f.Head.PastAt
		if parsedTime(f.Head.At).After(parsedTime(head.At)) {
			head.At = f.Head.At
		}
	}
	slices.Sort(head.MergedFrom)
	chosen, err := choose(all, names, latest)
	if err != nil {
		return nil, err
	}
	merged := &Fleet{Head: head, keep: KeepAll, from: all, chosen: chosen}
	merged.whole = sync.OnceValues(merged.load)
	return merged, merged.countChosen()
}

// place is where a service is: in which of several fleets, and at which place there.
type place struct{ fleet, at int }

// choose sorts the services of all fleets by their ids.
func choose(all []*Fleet, names []string, latest bool) ([]place, error) {
	var places []place
	for i, f := range all {
		for k := range f.keys {
			places = append(places, place{i, k})
		}
	}
	key := func(p place) serviceKey { return all[p.fleet].keys[p.at] }
	slices.SortStableFunc(places, func(a, b place) int { return strings.Compare(key(a).id, key(b).id) })
	chosen := places[:0]
	for _, p := range places {
		last := len(chosen) - 1
		switch {
		case last < 0 || key(chosen[last]).id != key(p).id:
			chosen = append(chosen, p)
		case !latest:
			return nil, fmt.Errorf("%s and %s: %w: %s; pass only one of them, or --latest", names[chosen[last].fleet], names[p.fleet], ErrTwice, sanitize.Text(key(p).id))
		case parsedTime(key(p).at).After(parsedTime(key(chosen[last]).at)):
			chosen[last] = p
		}
	}
	return chosen, nil
}

// countChosen counts the services that were chosen, and lists the waivers that are about no finding of any.
func (f *Fleet) countChosen() error {
	idle, listed := idleOf(f.from), map[string]bool{}
	type counted struct {
		brief  *Brief
		listed []string // waivers
	}
	err := parallel.Each(context.Background(), len(f.chosen), func(_ context.Context, i int) (counted, error) {
		s, err := f.Service(i)
		if err != nil {
			return counted{}, err
		}
		c := counted{brief: BriefOf(s)}
		for k := 0; k < len(s.Waivers) && len(idle) > 0; k++ {
			c.listed = append(c.listed, s.Waivers[k].written())
		}
		return c, nil
	}, func(_ int, c counted) error {
		f.add(c.brief)
		for _, waiver := range c.listed {
			listed[waiver] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	maps.DeleteFunc(idle, func(waiver string, _ Waiver) bool { return listed[waiver] })
	if len(idle) > 0 {
		f.AddWaivers(slices.SortedFunc(maps.Values(idle), func(a, b Waiver) int {
			return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), strings.Compare(a.written(), b.written()))
		}))
	}
	return nil
}

// written is what somebody wrote of a waiver, and where; what became of it is not in it.
func (w *Waiver) written() string {
	return fmt.Sprintf("%q %d %d %q %q %q %q %q %q %q %t", w.File, w.Line, w.Column, w.Check, w.Pointers, w.Reason, w.RequestedBy, w.ApprovedBy, w.ApprovedOn, w.ExpiresOn, w.AcceptsMissing)
}

// idleOf are the waivers that are about no finding in some of the assessments, by what is written. What became of one is as the latest
// assessment says.
func idleOf(all []*Fleet) map[string]Waiver {
	idle, latest := map[string]Waiver{}, map[string]time.Time{}
	for _, f := range all {
		at := parsedTime(f.Head.At)
		for _, w := range f.Head.Waivers {
			key := w.written()
			if _, twice := idle[key]; !twice || at.After(latest[key]) {
				idle[key], latest[key] = w, at
			}
		}
	}
	return idle
}

// differ names what of the rules is not the same; empty when nothing is.
func differ(a, b *Assessment) string {
	switch {
	case a.Tool != b.Tool:
		return fmt.Sprintf("program is %s and %s", a.Tool.Version, b.Tool.Version)
	case a.Catalog != b.Catalog:
		return fmt.Sprintf("RACI table is %s in variant %s, and %s in variant %s", a.Catalog.ID, a.Catalog.Reading, b.Catalog.ID, b.Catalog.Reading)
	case a.DisputedNotCounted != b.DisputedNotCounted:
		return "failures of disputed duties count in one of them only"
	case a.Policies.Profile != b.Policies.Profile:
		return fmt.Sprintf("profile is %s and %s", a.Policies.Profile, b.Policies.Profile)
	case a.Policies.Digest != b.Policies.Digest:
		return fmt.Sprintf("digest of the policies is %s and %s", a.Policies.Digest, b.Policies.Digest)
	case !reflect.DeepEqual(a.Policies.Reference, b.Policies.Reference):
		return "other files added to the reference data"
	case len(a.Policies.Parameters) != len(b.Policies.Parameters):
		return "parameters are not the same"
	}
	for i, p := range a.Policies.Parameters {
		if q := b.Policies.Parameters[i]; p.Name != q.Name || !reflect.DeepEqual(p.Value, q.Value) {
			return fmt.Sprintf("parameter %s is %s and %s", p.Name, verdict.ValueText(p.Value), verdict.ValueText(q.Value))
		}
	}
	return ""
}

// parsedTime reads a time; the zero time where there is none.
func parsedTime(text string) time.Time {
	at, _ := time.Parse(time.RFC3339Nano, text)
	return at
}
