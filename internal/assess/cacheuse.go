package assess

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/cache"
)

// CacheUse is what a cache holds of one kind.
type CacheUse struct {
	Kind    string
	Entries int
	Size    int64     // bytes
	Oldest  time.Time // when the one that was not used for the longest time was used
}

func (u *CacheUse) add(entry cache.Entry) {
	if u.Entries == 0 || entry.Used.Before(u.Oldest) {
		u.Oldest = entry.Used
	}
	u.Entries++
	u.Size += entry.Size
}

// UseOf sums up a cache, and says what it holds of each kind, the most entries first.
func UseOf(folder *cache.Cache) (all CacheUse, kinds []CacheUse, err error) {
	entries, err := folder.Entries()
	if err != nil {
		return all, nil, err
	}
	byKind := map[string]*CacheUse{}
	for _, entry := range entries {
		kind := kindOf(folder.Head(entry))
		if byKind[kind] == nil {
			byKind[kind] = &CacheUse{Kind: kind}
		}
		byKind[kind].add(entry)
		all.add(entry)
	}
	for _, use := range byKind {
		kinds = append(kinds, *use)
	}
	slices.SortFunc(kinds, func(a, b CacheUse) int {
		return cmp.Or(cmp.Compare(b.Entries, a.Entries), strings.Compare(a.Kind, b.Kind))
	})
	return all, kinds, nil
}

// kindOf says what an entry is, by its head. An entry of another secret, or one that is damaged, has none.
func kindOf(head []byte) string {
	const foreign = "foreign"
	if head == nil {
		return foreign
	}
	if len(head) == 0 {
		return "descriptions of checks"
	}
	stored := (&briefs{}).stored(head)
	if stored == nil {
		return foreign
	}
	return "services, by " + stored.Tool.Name + " " + stored.Tool.Version
}
