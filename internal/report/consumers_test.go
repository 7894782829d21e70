package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	ical "github.com/emersion/go-ical"
	nethtml "golang.org/x/net/html"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/ciso"
	"github.com/raci-check/raci-check/internal/report/reporttest"
	"github.com/raci-check/raci-check/internal/verdict"
)

// carried is a row of the tables of docs/consumers.md: which places of a format carry a field.
type carried struct {
	consumer, format, field string
	places                  []string // none where the reader takes the field nowhere
	note                    string
}

var (
	consumerHeading = regexp.MustCompile(`^## (.+)`)
	consumerFormat  = regexp.MustCompile("^Format: `([a-z.-]+)`")
	code            = regexp.MustCompile("`([^`]+)`")
)

// consumers reads the tables of the page.
func consumers(t *testing.T) []carried {
	t.Helper()
	page, err := os.ReadFile("../../docs/consumers.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows []carried
	var consumer, format string
	for line := range strings.Lines(string(page)) {
		line = strings.TrimSpace(line)
		if heading := consumerHeading.FindStringSubmatch(line); heading != nil {
			consumer, format = heading[1], ""
		}
		if named := consumerFormat.FindStringSubmatch(line); named != nil {
			format = named[1]
		}
		cells := strings.Split(line, "|")
		if format == "" || len(cells) != 5 || strings.Contains(line, "---") || strings.TrimSpace(cells[1]) == "field" {
			continue
		}
		row := carried{consumer: consumer, format: format, field: strings.TrimSpace(cells[1]), note: strings.TrimSpace(cells[3])}
		for _, place := range code.FindAllStringSubmatch(cells[2], -1) {
			row.places = append(row.places, place[1])
		}
		rows = append(rows, row)
	}
	return rows
}

// consumed is the fleet that every format is made from, with something of every field.
func consumed(format string) *assessment.Assessment {
	s := reporttest.Failing()
	check := &reporttest.Activity(&s, "3.1.1.4").Checks[0]
	check.Grade = verdict.Stated
	s.Grades = map[verdict.Grade]int{verdict.Stated: 7}
	activity := reporttest.Activity(&s, "3.1.1.4")
	activity.Disputed, activity.DisputeNote, activity.Grade = true, "two pages differ", verdict.Stated
	besides := []assessment.Service{reporttest.Accepted(), reporttest.Compliant()}
	if format == "html" { // the page of several services is a short one
		besides = nil
	}
	return reporttest.Of(append([]assessment.Service{s}, besides...)...)
}

// values are what each field of the fleet looks like, and how a format writes it where it writes something else. The finding is the first
// of backups.keys_covered.
var values = map[string]map[string][]string{
	"title": {
		"": {"Every enabled key is in a backup or an accepted exception"}, "sarif": {"is in no backup job and under no exception"}, "sarif.suppressed": {"is in no backup job and under no exception"},
		"github": {"backups.keys_covered", "is in no backup job and under no exception"}, "ics": {"evidence of keys is too old from 2026-11-26", "payments-prod"}, "ssrm": {"backups.keys_covered"},
	},
	"severity": {
		"": {"critical"}, "defectdojo": {"Critical"}, "gitlab": {"blocker"}, "GitHub code scanning": {"9.5"}, "DefectDojo, SARIF": {"9.5"}, "GitLab, SARIF": {"95"},
		"sarif.suppressed": {"error", "critical"}, "html": {"critical Every enabled key"},
	},
	"place": {"": {"payments/evidence.yaml", "132"}, "ics": {"payments/evidence.yaml:97:5"}},
	"condition and values": {
		"": {"uncovered", "card-encryption", "365"}, "sarif": {"card-encryption", "365"}, "gitlab": {"card-encryption", "365"}, "github": {"card-encryption", "365"},
		"ics": {"wanted are at most 7"}, "gemara": {"card-encryption", "365"}, "ciso-assistant": {"card-encryption", "365"}, "oscal": {"card-encryption", "365"}, "html": {"card-encryption", "365"},
	},
	"remediation": {"": {"Hold the key in a job"}, "ics": {"Restore the collected file"}},
	"dates":       {"": {"2026-11-20"}, "ics": {"2026-11-26"}},
	"waiver": {
		"": {"2027-01-31", "C. Roux", "J. Petit", "sealed password"}, "defectdojo": {"true", "2027-01-31", "C. Roux", "J. Petit", "sealed password"}, "sarif": {"2027-01-31", "C. Roux"},
		"gitlab": {"2027-01-31", "C. Roux"}, "github": {"2027-01-31", "C. Roux"}, "ics": {"the waiver of control_panel_access.mfa is over from 2027-02-01"},
	},
	"missing":  {"": {"missing"}, "defectdojo": {"status:missing"}, "github": {"(missing)"}, "html": {"Somebody is told before a quota is reached MISSING"}},
	"grade":    {"": {"stated"}},
	"controls": {"": {"8.13", "10.5.1"}, "ssrm": {"CEK-03", "backups.keys_covered"}},
	"disputed": {"": {"disputed"}, "junit": {"two pages differ"}, "hdf": {"two pages differ"}, "html": {"two pages differ"}, "oscal": {"two pages differ"}, "csv": {"yes"}, "ssrm": {"yes"}, "gemara": {"two pages differ"}, "sarif": {"true"}, "sarif.suppressed": {"true"}},
}

// expected are the values of a field for a reader, or else for its format, or else for all.
func expected(row carried) []string {
	for _, key := range []string{row.consumer, row.format} {
		if own, ok := values[row.field][key]; ok {
			return own
		}
	}
	return values[row.field][""]
}

// Every reader has every field at the place that the page names, or a reason why not.
func TestConsumersTakeEveryField(t *testing.T) {
	rows := consumers(t)
	fields := map[string][]string{}
	clean := reporttest.Of(reporttest.Compliant())
	clean.At = "2026-11-19T09:00:00Z"
	for i := range clean.Services {
		clean.Services[i].At = clean.At
	}
	for _, row := range rows {
		fields[row.consumer] = append(fields[row.consumer], row.field)
		if len(row.places) == 0 {
			if row.note == "" {
				t.Errorf("%s: %s is carried nowhere, without a reason", row.consumer, row.field)
			}
			continue
		}
		standing, otherwise := at(t, row, consumed(row.format)), at(t, row, clean)
		for _, text := range expected(row) {
			if !strings.Contains(standing, text) {
				t.Errorf("%s: %s: %q is not at %v of %s:\n%.1500s", row.consumer, row.field, text, row.places, row.format, standing)
			}
		}
		if !slices.ContainsFunc(expected(row), func(text string) bool { return !strings.Contains(otherwise, text) }) {
			t.Errorf("%s: %s: %v stands at %v of %s whatever is assessed", row.consumer, row.field, expected(row), row.places, row.format)
		}
	}
	if len(fields) != 16 {
		t.Errorf("%d readers", len(fields))
	}
	for consumer, listed := range fields {
		if len(listed) != len(values) {
			t.Errorf("%s has the fields %v, expected are those of all others", consumer, listed)
		}
	}
}

// at is what stands at the places of a row in the format made of an assessment.
func at(t *testing.T, row carried, a *assessment.Assessment) string {
	t.Helper()
	var report string
	if row.format == "ciso-assistant" {
		report = imported(t, a)
	} else {
		report = render(t, row.format, a)
	}
	var texts []string
	for _, place := range row.places {
		texts = append(texts, textsAt(t, row.format, report, place)...)
	}
	return strings.Join(texts, "\n")
}

func textsAt(t *testing.T, format, report, place string) []string {
	t.Helper()
	switch format {
	case "junit":
		return inXML(t, report, place)
	case "csv", "ssrm":
		return inCSV(t, report, place)
	case "ics":
		return inCalendar(t, report, place)
	case "github":
		return inCommands(report, place)
	case "html":
		return inPage(t, report)
	}
	path := strings.FieldsFunc(strings.ReplaceAll(place, "[]", ".[]"), func(r rune) bool { return r == '.' })
	decoder := json.NewDecoder(strings.NewReader(report))
	decoder.UseNumber()
	var texts []string
	for { // JSON Lines have several documents
		var document any
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return texts
		}
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, inJSON(document, path)...)
	}
}

// imported are the tables of ciso-assistant's import as JSON: for each kind of file the rows of all services, by column.
func imported(t *testing.T, a *assessment.Assessment) string {
	t.Helper()
	files, err := ciso.Files(a)
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string][]map[string]string{}
	for name, content := range files {
		kind, _, _ := strings.Cut(name, "-")
		if !strings.HasSuffix(name, ".csv") {
			continue
		}
		rows, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, cells := range rows[1:] {
			row := map[string]string{}
			for i, cell := range cells {
				row[rows[0][i]] = cell
			}
			tables[kind] = append(tables[kind], row)
		}
	}
	text, err := json.Marshal(tables)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// inJSON are the texts at a path and below it; names of fields count as texts below.
func inJSON(value any, path []string) (texts []string) {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			switch {
			case len(path) == 0:
				texts = append(append(texts, name), inJSON(inner, nil)...)
			case path[0] == name:
				texts = append(texts, inJSON(inner, path[1:])...)
			}
		}
	case []any:
		if len(path) > 0 && path[0] == "[]" {
			path = path[1:]
		} else if len(path) > 0 {
			return nil
		}
		for _, inner := range value {
			texts = append(texts, inJSON(inner, path)...)
		}
	case string:
		if len(path) == 0 {
			texts = []string{unescape(value)}
		}
	case json.Number:
		if len(path) == 0 {
			texts = []string{value.String()}
		}
	case bool:
		if len(path) == 0 && value {
			texts = []string{"true"}
		}
	}
	return texts
}

// unescape is Markdown as it is shown.
func unescape(text string) string {
	return regexp.MustCompile(`\\([^\w\s])`).ReplaceAllString(text, "$1")
}

func inXML(t *testing.T, report, place string) (texts []string) {
	t.Helper()
	element, attribute, _ := strings.Cut(place, "@")
	decoder, within := xml.NewDecoder(strings.NewReader(report)), false
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return texts
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			within = token.Name.Local == element
			for _, a := range token.Attr {
				if within && a.Name.Local == attribute {
					texts = append(texts, a.Value)
				}
			}
		case xml.EndElement:
			within = false
		case xml.CharData:
			if within && attribute == "" {
				texts = append(texts, string(token))
			}
		}
	}
}

func inCSV(t *testing.T, report, place string) (texts []string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(report)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := slices.Index(rows[0], place)
	if column < 0 {
		t.Fatalf("no column %s", place)
	}
	for _, row := range rows[1:] {
		texts = append(texts, row[column])
	}
	return texts
}

func inCalendar(t *testing.T, report, place string) (texts []string) {
	t.Helper()
	calendar, err := ical.NewDecoder(strings.NewReader(report)).Decode()
	if errors.Is(err, io.EOF) || err != nil && !strings.Contains(report, "VEVENT") {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, event := range calendar.Events() {
		if place == ical.PropDateTimeStart {
			day, err := event.DateTimeStart(nil)
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, day.Format("2006-01-02"))
			continue
		}
		text, err := event.Props.Text(place)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text)
	}
	return texts
}

// inCommands are the values of a property of all workflow commands, or their messages.
func inCommands(report, place string) (texts []string) {
	for line := range strings.Lines(report) {
		command, message, _ := strings.Cut(strings.TrimPrefix(line, "::"), "::")
		if place == "message" {
			texts = append(texts, strings.TrimSpace(message))
			continue
		}
		_, properties, _ := strings.Cut(command, " ")
		for _, property := range strings.Split(properties, ",") {
			if name, value, _ := strings.Cut(property, "="); name == place {
				texts = append(texts, value)
			}
		}
	}
	return texts
}

func inPage(t *testing.T, report string) []string {
	t.Helper()
	tokens := nethtml.NewTokenizer(strings.NewReader(report))
	var b strings.Builder
	for {
		switch tokens.Next() {
		case nethtml.ErrorToken:
			return []string{strings.Join(strings.Fields(b.String()), " ")}
		case nethtml.TextToken:
			b.WriteString(string(tokens.Text()))
		}
	}
}
