package httpget

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Limits hold what is read to what an honest API has, with room to spare.
type Limits struct {
	Items int
	Pages int           // an API may answer pages with few items
	Time  time.Duration // for all that a source reads
}

// DefaultLimits are the limits of a source. Of larger lists nobody has measured whether they can be assessed (docs/performance.md).
var DefaultLimits = Limits{Items: 100_000, Pages: 10_000, Time: time.Hour}

// TooMany is the error of a list that has more items than the limit. A list that is cut would prove the absence of what it lacks.
func (l Limits) TooMany(items string) error {
	return fmt.Errorf("more than %d %s, which is the limit of a list: nothing of it is used. "+
		"Destroy what is out of use, or keep a part of them in another domain, with evidence of its own", l.Items, items)
}

// PageSize is how many items are asked for at once: the most that the APIs give.
const PageSize, pageSize = "100", 100

// List reads a list whose pages are named in headers to its end; see Pages. An answer that is not a list is an error.
func List[T any](limits Limits, doing string, progress func(string), get func(doing string, header http.Header, into any) (http.Header, error)) ([]T, error) {
	all := []T{}
	err := Pages(limits, doing, progress, func(doing, cursor string) (string, int, error) {
		header := http.Header{"X-Pagination-Size": {PageSize}}
		if cursor != "" {
			header.Set("X-Pagination-Cursor", cursor)
		}
		var page []T
		answered, err := get(doing, header, &page)
		if err == nil && page == nil {
			err = NoList(doing)
		}
		if err != nil {
			return "", 0, err
		}
		all = append(all, page...)
		next := answered.Get("X-Pagination-Cursor-Next")
		if cursor == "" && next == "" && len(page) == pageSize {
			err = tellsNext[T](doing, get)
		}
		return next, len(page), err
	})
	return all, err
}

// NoList is the error of an answer that is not a list.
func NoList(doing string) error {
	return fmt.Errorf("%s: the answer is not a list: is this the right endpoint?", doing)
}

// tellsNext fails where answers do not tell the next page. A first page that is full and tells none may be all that there is; or a proxy
// lets the header not through, and the list would be cut. Asked for one item fewer, an answer has one fewer and tells what follows, or the
// list has no pages.
func tellsNext[T any](doing string, get func(doing string, header http.Header, into any) (http.Header, error)) error {
	var page []T
	answered, err := get(doing, http.Header{"X-Pagination-Size": {strconv.Itoa(pageSize - 1)}}, &page)
	if err == nil && len(page) < pageSize && answered.Get("X-Pagination-Cursor-Next") == "" {
		err = fmt.Errorf("%s: more items follow, and the answer does not say where: does a proxy remove the header X-Pagination-Cursor-Next?", doing)
	}
	return err
}

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
			return fmt.Errorf("%s: %w", now, limits.TooMany("items"))
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
