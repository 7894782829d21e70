package jsonhttp

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/theory/jsonpath"
	"github.com/theory/jsonpath/spec"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/httpget"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/mapping"
)

// paging is how an interface names the page after the one that it answered.
type paging struct {
	items  *jsonpath.Path // the list of a page; nil where the whole page is the list
	next   *jsonpath.Path // a link, or a token for parameter; nil for none
	byLink bool           // the header Link has the link
	token  string         // parameter of the query for the token; empty where next is a link
	offset string         // parameter of the query for the number of items that were read; empty for none
	total  *jsonpath.Path // the number of all items; nil where the answer does not say so
	sum    string         // the header that says the number of all items; empty where none does
}

// isHeader finds the name of a header, where an expression would begin with $.
var isHeader = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*$`)

func readPaging(values collect.Values) (p paging, err error) {
	expression := func(option string) *jsonpath.Path {
		text := values.Text(option)
		if text == "" || err != nil {
			return nil
		}
		path, wrong := jsonpath.Parse(text)
		if wrong != nil {
			err = fmt.Errorf("%s: not a JSONPath expression (RFC 9535): %w", option, wrong)
		}
		return path
	}
	if p.items = expression("items"); isHeader.MatchString(values.Text("total")) {
		p.sum = values.Text("total")
	} else {
		p.total = expression("total")
	}
	if p.byLink = values.Text("next") == "Link"; !p.byLink {
		p.next = expression("next")
	}
	p.token, p.offset = values.Text("next_parameter"), values.Text("offset_parameter")
	switch {
	case err != nil:
	case p.token != "" && p.next == nil:
		err = errors.New("next_parameter needs next: an expression for the token that it takes")
	case p.offset != "" && (p.next != nil || p.byLink):
		err = errors.New("offset_parameter and next are two ways to the next page: keep one")
	}
	return p, err
}

// fromStart fails on a URL that names a page by the parameter that is to name the pages after the first.
func (p paging) fromStart(a address) error {
	_, query, _ := strings.Cut(a.text, "?")
	values, err := url.ParseQuery(query)
	name := cmp.Or(p.token, p.offset)
	if err != nil || name == "" || values.Get(name) == "" || values.Get(name) == "0" {
		return nil // what cannot be read is said of the URL
	}
	return fmt.Errorf("the URL has the parameter %.40q, by which the pages after the first are asked for: leave it out, for the list would lack its beginning", name)
}

// isUsed reports whether more is asked of an answer than to be JSON.
func (p paging) isUsed() bool { return p.joins() || p.items != nil || p.isCounted() }

// isCounted reports whether the interface says how many items there are.
func (p paging) isCounted() bool { return p.total != nil || p.sum != "" }

// joins reports whether there may be several pages.
func (p paging) joins() bool { return p.next != nil || p.byLink || p.offset != "" }

// getter asks for JSON, as httpget.Client does.
type getter interface {
	Get(ctx context.Context, address string, header http.Header, into any) (http.Header, error)
}

type reading struct {
	*source
	client   getter
	ctx      context.Context // of the one reading
	progress func(string)
	whole    bool // to the last page

	first   any                 // the first page
	at      spec.NormalizedPath // of the list in it
	list    []any               // the items of all pages
	pages   int                 // how many were read
	bytes   int                 // of all pages
	digests map[[sha256.Size]byte]bool
	follows string // what says in the last page that another follows; "" where nothing does
	more    string // what counts in the last page more than was read of all pages; "" where nothing does
}

var errTotal = errors.New("the number of all items changes from page to page: were they changed while they were read? Run again")

// all is the first page, in whose list the items of all pages stand.
func (r *reading) all(start string) (any, error) {
	r.digests = map[[sha256.Size]byte]bool{}
	current, total := start, -1
	err := httpget.Pages(r.limits, "ask "+r.address.plain, r.progress, func(doing, token string) (string, int, error) {
		next, n, err := "", 0, error(nil)
		if token != "" {
			current, err = r.addressOf(start, token)
		}
		if err == nil {
			next, n, err = r.page(current, &total)
		}
		if err != nil {
			return "", 0, fmt.Errorf("%s: %w", doing, err)
		}
		if !r.whole {
			next = ""
		}
		return next, n, nil
	})
	switch {
	case err != nil:
		return nil, err
	case !r.paging.isUsed():
		return r.first, nil
	case r.whole && total >= 0 && total != len(r.list):
		return nil, fmt.Errorf("the interface has %d items, and answered %d of them: ask for a larger page, or say by next or offset_parameter how the others are asked for, or let the identity read all of them",
			total, len(r.list))
	case r.whole && total < 0 && r.more != "":
		return nil, fmt.Errorf("the answer counts more items than the %d that were read, as %s says: say by next or offset_parameter how the others are asked for", len(r.list), r.more)
	}
	return replaced(r.first, r.at, r.list), nil
}

// addressOf is the URL of a page by its token, which is the URL itself where links name pages.
func (r *reading) addressOf(start, token string) (string, error) {
	switch {
	case r.paging.token != "":
		return with(start, r.paging.token, token)
	case r.paging.offset != "":
		return with(start, r.paging.offset, token)
	}
	return token, nil
}

// page reads a page. It answers the token of the next, and how many items it has.
func (r *reading) page(current string, total *int) (next string, items int, err error) {
	var raw json.RawMessage
	header, err := r.client.Get(r.ctx, current, r.fixed, &raw)
	if err == nil {
		err = isJSON(header.Get("Content-Type"))
	}
	if err != nil {
		return "", 0, err
	}
	if r.bytes += len(raw); r.bytes > mapping.MaxExport {
		return "", 0, fmt.Errorf("the pages have more than %d bytes together", mapping.MaxExport)
	}
	var page any
	if err := document.DecodeUniqueJSON("", raw, &page); err != nil {
		return "", 0, err
	}
	if sign := mapping.Incomplete(page); sign != "" {
		return "", 0, fmt.Errorf("the answer is an error or only a part, as %s says: nothing of it is used", sign)
	}
	if !r.paging.isUsed() {
		r.first = page
		return "", 0, isFirstOfMany(page, header, current)
	}
	list, at, err := r.paging.listOf(page)
	if err != nil {
		return "", 0, err
	}
	digest := sha256.Sum256(raw)
	if r.digests[digest] && len(list) > 0 {
		return "", 0, errors.New("the same page was answered before: the list has no end")
	}
	r.digests[digest] = true
	if r.first == nil {
		r.first, r.at = page, at
		err = isFirst(page, header)
	} else if len(list) == 0 && r.paging.offset != "" && r.follows != "" {
		err = fmt.Errorf("no items are at %s=%d, and the page before says by %s that another follows: does %s count pages, and not items? Name the next page by next",
			r.paging.offset, len(r.list), r.follows, r.paging.offset)
	}
	if err != nil {
		return "", 0, err
	}
	r.follows = signOrLink(mapping.FollowedBy(page), header, current)
	r.list = append(r.list, list...)
	r.pages++
	r.more = cmp.Or(mapping.CountsMore(page, len(r.list)), headerAbove(header, len(r.list), r.pages))
	if err := r.count(page, header, total); err != nil {
		return "", 0, err
	}
	if most := r.limits.Items; len(r.list) > most || r.whole && *total > most {
		return "", 0, fmt.Errorf("the list has more than %d items, which is the limit of a list: nothing of it is used; ask for fewer, such as by a filter in the URL", most)
	}
	next, err = r.nextOf(page, header, current, len(list) > 0 && *total != len(r.list))
	return next, len(list), err
}

// count holds the number of all items, -1 where it is not known yet, against what a page says of it.
func (r *reading) count(page any, header http.Header, total *int) error {
	if !r.paging.isCounted() {
		return nil
	}
	number, by := header.Get(r.paging.sum), r.paging.sum
	if r.paging.total != nil {
		by = r.paging.total.String()
		values := r.paging.total.Select(page)
		if len(values) != 1 {
			return fmt.Errorf("total (%s) finds %d values in the answer, where it should find the number of all items", by, len(values))
		}
		number = fmt.Sprint(values[0])
	}
	n, err := strconv.Atoi(number)
	switch {
	case err != nil || n < 0:
		return fmt.Errorf("total (%s) finds no whole number in the answer", by)
	case *total >= 0 && n != *total:
		return errTotal
	case len(r.list) > n:
		return fmt.Errorf("the interface answers more items than the %d that it says it has", n)
	}
	*total = n
	return nil
}

// nextOf is what names the page after a page; "" where it is the last. More says that there may be more items, where they are counted.
func (r *reading) nextOf(page any, header http.Header, current string, more bool) (string, error) {
	link := ""
	switch {
	case r.paging.offset != "":
		if !more {
			return "", nil
		}
		return strconv.Itoa(len(r.list)), nil
	case r.paging.byLink:
		var err error
		if link, err = linkOf(header, "next"); err != nil {
			return "", err
		}
		if link == "" {
			return "", isLast(page, header, current)
		}
	case r.paging.next != nil:
		values := slices.DeleteFunc([]any(r.paging.next.Select(page)), func(value any) bool { return value == nil || value == "" })
		switch {
		case len(values) == 0:
			return "", isLast(page, header, current)
		case len(values) > 1:
			return "", fmt.Errorf("next (%s) finds %d values in the answer, where it should find one", r.paging.next, len(values))
		}
		switch value := values[0].(type) {
		case string, json.Number:
			link = fmt.Sprint(value)
		default:
			return "", fmt.Errorf("next (%s) finds neither a text nor a number", r.paging.next)
		}
	default: // one page, whose items are counted
		return "", isFirstOfMany(page, header, current)
	}
	if link == "" || r.paging.token != "" {
		return link, nil
	}
	return r.address.following(current, link)
}

// isLast fails on a page after which next finds none, and that names one elsewhere.
func isLast(page any, header http.Header, current string) error {
	sign := signOrLink(mapping.FollowedBy(page), header, current)
	if sign == "" {
		return nil
	}
	return fmt.Errorf("next finds no other page in the answer, and another follows, as %s says: name that by next", sign)
}

func (p paging) listOf(page any) ([]any, spec.NormalizedPath, error) {
	value, at := page, spec.NormalizedPath(nil)
	if p.items != nil {
		located := p.items.SelectLocated(page)
		if len(located) != 1 {
			return nil, nil, fmt.Errorf("items (%s) finds %d lists in the answer, where it should find one", p.items, len(located))
		}
		value, at = located[0].Node, located[0].Path
	}
	list, isList := value.([]any)
	switch {
	case isList || value == nil && p.items != nil:
		return list, at, nil
	case p.items == nil:
		return nil, nil, errors.New("the answer is no list: say by items where the list in it is, such as $.data")
	}
	return nil, nil, fmt.Errorf("items (%s) finds no list in the answer", p.items)
}

// replaced is a value in which a list stands at a place.
func replaced(value any, at spec.NormalizedPath, list []any) any {
	if len(at) == 0 {
		return append([]any{}, list...)
	}
	switch selector := at[0].(type) {
	case spec.Name:
		object := value.(map[string]any)
		object[string(selector)] = replaced(object[string(selector)], at[1:], list)
	case spec.Index:
		items := value.([]any)
		items[int(selector)] = replaced(items[int(selector)], at[1:], list)
	}
	return value
}

// isJSON fails on a type of content that is not JSON. An answer without one is taken by its content.
func isJSON(contentType string) error {
	if contentType == "" {
		return nil
	}
	kind, _, err := mime.ParseMediaType(contentType)
	if err == nil && (kind == "application/json" || kind == "text/json" || strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")) {
		return nil
	}
	return fmt.Errorf("the answer has the type %.80q, which is not JSON: is this the tool's interface?", contentType)
}

// signOrLink is what says that another page follows: the sign in an answer, or the header that names one; "" for nothing.
func signOrLink(sign string, header http.Header, current string) string {
	if link, err := linkOf(header, "next"); err != nil || link != "" && link != current {
		return "its header Link"
	}
	for _, name := range []string{"X-Next-Page", "X-Pagination-Cursor-Next"} {
		if header.Get(name) != "" {
			return "its header " + name
		}
	}
	return sign
}

// headerAbove is the header that counts more items, or more pages, than these; "" for none.
func headerAbove(header http.Header, items, pages int) string {
	_, ofRange, _ := strings.Cut(header.Get("Content-Range"), "/") // of items in some tools, such as items 0-9/42
	for _, count := range []struct {
		name, text string
		read       int
	}{{"X-Total-Pages", header.Get("X-Total-Pages"), pages}, {"X-Total-Count", header.Get("X-Total-Count"), items},
		{"X-Total", header.Get("X-Total"), items}, {"Content-Range", ofRange, items}} {
		if n, err := strconv.Atoi(count.text); err == nil && n > count.read {
			return "its header " + count.name
		}
	}
	return ""
}

// isFirst fails on an answer that says that other pages are before it.
func isFirst(page any, header http.Header) error {
	sign := mapping.LaterPage(page)
	for _, of := range []string{"prev", "previous"} {
		if link, err := linkOf(header, of); err == nil && link != "" {
			sign = "its header Link"
		}
	}
	if sign == "" {
		return nil
	}
	return fmt.Errorf("the answer is a later page of several, as %s says: name the first page in the URL", sign)
}

// isFirstOfMany fails on an answer that says that another page follows, where nothing says how it is asked for.
func isFirstOfMany(page any, header http.Header, current string) error {
	sign := signOrLink(mapping.OnePage(page), header, current)
	if n, isList := mapping.Length(page); isList {
		sign = cmp.Or(sign, headerAbove(header, n, 1))
	}
	if sign == "" {
		return isFirst(page, header)
	}
	return fmt.Errorf("the answer is one page of several, as %s says: a part of the list proves nothing of the whole; say by next and items how the others are asked for", sign)
}
