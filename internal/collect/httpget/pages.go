package httpget

import (
	"cmp"
	"fmt"
	"slices"
)

// Limits hold a list that is read to what an honest API has, with room to spare.
type Limits struct {
	Items int
	Pages int // an API may answer pages with few items
}

// DefaultLimits are the limits of a list.
var DefaultLimits = Limits{Items: 250_000, Pages: 10_000}

// maxToken is the longest token of a next page, in bytes. The description of the OKMS API allows 500 for keys and says nothing
// for others.
const maxToken = 4096

// Pages asks for page after page: page answers the token of the next, "" at the end, and how many items it had. Doing says
// what is asked for; progress is told it with the number of the page.
func Pages(limits Limits, doing string, progress func(string), page func(doing, token string) (next string, items int, err error)) error {
	seen := map[string]bool{}
	token, total := "", 0
	for n := 1; ; n++ {
		now := doing
		if n > 1 {
			now = fmt.Sprintf("%s, page %d", doing, n)
			progress(now)
		}
		next, items, err := page(now, token)
		switch total += items; {
		case err != nil:
			return err
		case total > limits.Items:
			return fmt.Errorf("%s: more than %d items, which no known domain has", now, limits.Items)
		case next == "":
			return nil
		case len(next) > maxToken:
			return fmt.Errorf("%s: the token of the next page has %d bytes, allowed are at most %d", now, len(next), maxToken)
		case seen[next]:
			return fmt.Errorf("%s: the next page was read already: the list has no end", now)
		case n == limits.Pages:
			return fmt.Errorf("%s: another page would follow: the list has no end", now)
		}
		seen[next] = true
		token = next
	}
}

// Sort sorts a list in place by name, and fails where an item stands in it twice or has no name.
func Sort[T any](doing string, items []T, name func(T) string) error {
	slices.SortFunc(items, func(a, b T) int { return cmp.Compare(name(a), name(b)) })
	if len(items) > 0 && name(items[0]) == "" {
		return fmt.Errorf("%s: the API lists an item without a name", doing)
	}
	for i := 1; i < len(items); i++ {
		if name(items[i]) == name(items[i-1]) {
			return fmt.Errorf("%s: the API lists %s twice: were they changed while they were read? Run again", doing, name(items[i]))
		}
	}
	return nil
}
