package html

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/framework"
	"github.com/raci-check/raci-check/internal/report/reporttest"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/sample"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/policies"
)

func write(t testing.TB, a *assessment.Assessment) string {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, a, nil); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestWriteShows(t *testing.T) {
	got := strings.ReplaceAll(write(t, reporttest.Of(reporttest.Failing())), "<wbr>", "")
	for name, wanted := range map[string]string{
		"verdict":            `<span class="badge big fail">FAIL</span>`,
		"digest":             "c0dec0de",
		"row":                `>3.1.1.4 Manage backups</a>`,
		"progress":           "checks pass (",
		"severity":           `<span class="chip critical">`,
		"oldest evidence":    "<dt>Oldest evidence</dt><dd>20",
		"the table's order":  `id="by-table"`,
		"folded":             "<summary>",
		"place of a finding": `<code class="where">payments/evidence.yaml:132:9</code>`,
		"threshold":          "<code>backup_exception_max_days</code> = 365 days",
		"looser":             "3.5 (yearly tests)",
		"days left":          "72 days left",
		"rejected waiver":    "<strong>rejected</strong>: expired",
		"refused":            "<strong>refused:</strong>",
		"forecast":           "<strong>its waiver ends:</strong>",
		"provider":           "the current ISO/IEC 27001 certificate with its scope",
		"control":            `<th scope="row" class="number">10.5.1</th>`,
		"evidence digest":    strings.Repeat("9f31", 16),
		"artifact digest":    strings.Repeat("77e0", 16),
		"disputed":           "ask for both views in writing",
	} {
		if !strings.Contains(got, wanted) {
			t.Errorf("%s: %q is not there", name, wanted)
		}
	}
}

// A fleet has a picture: a row for each service, a cell for each duty.
func TestFleetHasAHeatMap(t *testing.T) {
	got := write(t, reporttest.Of(reporttest.Failing(), reporttest.Compliant()))
	if n := strings.Count(got, `aria-label="3.1.1.4 Manage backups: `); n != 2 {
		t.Errorf("%d cells of a duty, wanted is one for each of 2 services", n)
	}
}

// The duties stand by how bad they are, and beside it the list in the order of the table.
func TestWorstFirst(t *testing.T) {
	got := write(t, reporttest.Of(reporttest.Failing()))
	_, list, _ := strings.Cut(got, `<div class="by-worst">`)
	list, table, _ := strings.Cut(list, `<div class="by-table">`)
	statuses := func(s string) (all []string) {
		for _, match := range regexp.MustCompile(`class="badge ([a-z_]+)"`).FindAllStringSubmatch(s[:strings.Index(s, "</div>")], -1) {
			all = append(all, match[1])
		}
		return all
	}
	worst, inTable := statuses(list), statuses(table)
	if len(worst) != 31 || len(inTable) != 31 {
		t.Fatalf("%d and %d activities, wanted are 31", len(worst), len(inTable))
	}
	for i := range worst[1:] {
		if verdict.WorstFirst(verdict.Status(worst[i]), verdict.Status(worst[i+1])) > 0 {
			t.Errorf("%s stands before %s", worst[i], worst[i+1])
		}
	}
	if slices.Equal(worst, inTable) {
		t.Error("both lists have the same order")
	}
}

// Every anchor that is linked to is there, once.
func TestWriteLinks(t *testing.T) {
	for name, a := range map[string]*assessment.Assessment{
		"one":     reporttest.Of(reporttest.Failing()),
		"partial": reporttest.Of(reporttest.Partial()),
		"several": reporttest.Of(reporttest.Failing(), reporttest.Compliant(), reporttest.Broken(), reporttest.Accepted()),
	} {
		t.Run(name, func(t *testing.T) {
			got := write(t, a)
			ids := map[string]int{}
			for _, match := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(got, -1) {
				ids[match[1]]++
			}
			for id, n := range ids {
				if n > 1 {
					t.Errorf("id %s stands %d times", id, n)
				}
			}
			links := regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(got, -1)
			for _, match := range links {
				if target, local := strings.CutPrefix(match[1], "#"); !local || ids[target] == 0 {
					t.Errorf("link to %q, which is not there", match[1])
				}
			}
			if len(links) < 20 {
				t.Errorf("%d links", len(links))
			}
		})
	}
}

func TestStyleIsTheOneThatThePolicyAllows(t *testing.T) {
	got := write(t, reporttest.Of(reporttest.Compliant()))
	_, rest, _ := strings.Cut(got, "<style>")
	css, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(css))
	want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	unescaped := html.UnescapeString(got)
	if !strings.Contains(unescaped, want) {
		t.Errorf("the policy does not have %s", want)
	}
	if strings.Contains(got, " style=") || strings.Contains(got, "<script") {
		t.Error("a style or a script that the policy forbids")
	}
}

func TestWriteTwiceIsTheSame(t *testing.T) {
	a := reporttest.Of(reporttest.Failing(), reporttest.Broken())
	first := write(t, a)
	if again := write(t, a); again != first {
		t.Error("two reports of one assessment differ")
	}
}

// fleet is n services like the failing one, each with many findings.
func fleet(n, findings int) *assessment.Assessment {
	services := make([]assessment.Service, n)
	for i := range services {
		services[i] = reporttest.Failing()
		services[i].Service.ID = fmt.Sprintf("7d0c51e2-4b3f-4f0e-8a51-%012x", i)
		services[i].Service.Name = fmt.Sprintf("service-%03d", i)
		check := &reporttest.Activity(&services[i], "3.1.1.4").Checks[2]
		for len(check.Findings) < findings {
			check.Findings = append(check.Findings, check.Findings[0])
		}
	}
	return reporttest.Of(services...)
}

// Of several services each takes a bounded part, whatever its evidence holds, and what is left out is said.
func TestFleetIsBounded(t *testing.T) {
	size := func(n int) int { return len(write(t, fleet(n, 1000))) }
	perService := (size(12) - size(2)) / 10
	if limit := 48 << 10; perService > limit {
		t.Errorf("%d bytes a service, wanted are at most %d", perService, limit)
	}
	if got := write(t, fleet(2, 1000)); !strings.Contains(got, "<br>and 999 more") {
		t.Error("it does not say that findings are left out")
	}
}

// BenchmarkFleet writes the report of 500 services that are as bad as evidence/gaps.
func BenchmarkFleet(b *testing.B) {
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		b.Fatal(err)
	}
	a, err := assess.Run(b.Context(), rules, assess.Options{
		Paths: []string{"../../../evidence/gaps"}, At: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), Reading: "kb0065221", Profiles: []string{"baseline"},
	})
	if err != nil {
		b.Fatal(err)
	}
	const services = 500
	for i := range services - 1 {
		service := a.Services[0]
		service.Service.ID, service.Service.Name = fmt.Sprintf("7d0c51e2-4b3f-4f0e-8a51-%012x", i), fmt.Sprintf("service-%03d", i)
		a.Services = append(a.Services, service)
	}
	var out bytes.Buffer
	for b.Loop() {
		out.Reset()
		if err := Write(&out, a, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(out.Len())/services, "bytes/service")
}

// tagsOf are the tags of a page with the names of their attributes, and the values of those that a browser acts on. Places where a line may
// be broken depend on the text.
func tagsOf(t *testing.T, page string) (all []string) {
	t.Helper()
	tokens := html.NewTokenizer(strings.NewReader(page))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			if !errors.Is(tokens.Err(), io.EOF) {
				t.Fatal(tokens.Err())
			}
			return all
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			token := tokens.Token()
			part := token.Data
			for _, a := range token.Attr {
				part += " " + a.Key
				if slices.Contains([]string{"href", "id", "http-equiv", "content"}, a.Key) {
					part += "=" + a.Val
				}
			}
			if part != "wbr" {
				all = append(all, part)
			}
		case html.CommentToken:
			all = append(all, "comment")
		}
	}
}

// hostile are texts that mean something to a browser, and would do nothing worse than show.
var hostile = []string{`<b>bold</b>`, `" onfocus="x`, `' autofocus='`, `javascript:x`, `--></style><i>`, `</title></textarea><u>`, `<!--`, `&lt;b&gt;`}

// Whatever a text holds, a page has the tags, attributes and links that it has with an innocent one, and shows the text.
func TestTextsFromOutsideAreTextsInEveryField(t *testing.T) {
	pages := map[string]func(text string) string{
		"one": func(text string) string {
			a := reporttest.Poisoned(text)
			a.Services = a.Services[:1]
			return write(t, a)
		},
		"several":           func(text string) string { return write(t, reporttest.Poisoned(text)) },
		"several, accepted": func(text string) string { return write(t, reporttest.Hostile(text)) },
		"framework": func(text string) string {
			var out bytes.Buffer
			a := reporttest.Poisoned(text)
			i := slices.IndexFunc(a.Services[0].Activities, func(a assessment.Activity) bool { return len(a.Checks) > 0 })
			s := framework.Service{Service: &a.Services[0], Requirements: []framework.Standing{{
				ID: text, Title: text, State: framework.State(text), Grade: verdict.Grade(text),
				Checks: []framework.Support{{Check: &a.Services[0].Activities[i].Checks[0]}},
			}}}
			v := &framework.View{Assessment: a, Services: []framework.Service{s}, Framework: framework.Framework{
				ID: text, Title: text, Publisher: text, Version: text, Published: text, List: text, Binds: text, Source: text,
			}}
			if err := WriteFramework(&out, v, nil); err != nil {
				t.Fatal(err)
			}
			return out.String()
		},
		"worksheet": func(text string) string {
			var out bytes.Buffer
			fact := sample.Fact{
				Service: assessment.ServiceID{ID: text, Name: text}, Activity: text, Duty: text, Check: text, Title: text, Severity: verdict.Severity(text),
				Pointer: text, Value: text, Grade: verdict.Grade(text), SignedBy: []string{text}, FileSHA256: text,
				Artifact: sample.Artifact{Path: text, Place: text, SHA256: text},
			}
			if err := WriteWorksheet(&out, &sample.Sample{Report: text, Seed: text, Facts: []sample.Fact{fact}}, nil); err != nil {
				t.Fatal(err)
			}
			return out.String()
		},
	}
	for name, page := range pages {
		t.Run(name, func(t *testing.T) {
			innocent := tagsOf(t, page("a text"))
			for _, text := range hostile {
				got := page(text)
				if diff := cmp.Diff(innocent, tagsOf(t, got)); diff != "" {
					t.Errorf("with %s the page has other parts:\n%s", text, diff)
				}
				plain := strings.ReplaceAll(got, "<wbr>", "")
				if !strings.Contains(plain, html.EscapeString(text)) {
					t.Errorf("the page does not show %s", text)
				}
				if strings.ContainsAny(text, `<"'`) && strings.Contains(plain, text) {
					t.Errorf("the page has %s as it is", text)
				}
			}
		})
	}
}
