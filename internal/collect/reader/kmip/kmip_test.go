package kmip

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/collect/formtest"
	"github.com/raci-check/raci-check/internal/collect/reader"
)

var at = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

// A count is a fact only where the list is whole.
func TestCount(t *testing.T) {
	form := formtest.Form(t)
	for version, isCounted := range map[string]bool{"1.4": true, "1.3": true, "1.10": true, "1.2": false, "1.0": false, "2.0": false, "": false, "1.": false, "one": false} {
		for _, online := range []bool{false, true} {
			part, err := read(reader.Request{Section: Section, At: at, Form: form, Answers: []reader.Answer{{Body: Inventory{Version: version, OnlineOnly: online, Objects: []Object{{ID: "a"}}}}}})
			if err != nil {
				t.Fatal(err)
			}
			if _, hasCount := part.Fields["object_count"]; hasCount != (isCounted && !online) || strings.Contains(strings.Join(part.Notes, "\n"), "object_count is left out") == hasCount {
				t.Errorf("version %q, online only: %v: %v, %q", version, online, part.Fields, part.Notes)
			}
		}
	}
}

// What is kept is read again as it was, from the file that it is kept in: no field is lost on the way, a mask of 0 and line ends neither.
func FuzzKept(f *testing.F) {
	f.Add(`{"version": "1.4", "objects": [{"id": "a\nb", "usage_mask": 0, "state": "Active", "deactivation_date": "2030-01-01T00:00:00Z", "extractable": false}]}`)
	f.Add(`{"version": "1.2", "objects": [{"id": "a", "state": "Deactivated", "type": "Key", "deactivation_date": "9999-99-99", "initial_date": "1960-01-01T00:00:00Z"}]}`)
	form := formtest.Form(f)
	f.Fuzz(func(t *testing.T, text string) {
		kept, err := reader.Decode[Inventory](reader.Answer{Body: json.RawMessage(text)})
		if err != nil {
			return
		}
		encoded, err := json.Marshal(kept)
		if err != nil {
			t.Fatal(err)
		}
		factsOf := func(body any) string {
			part, err := read(reader.Request{Section: Section, At: at, Form: form, Answers: []reader.Answer{{Body: body}}})
			if err != nil {
				t.Fatal(err)
			}
			for _, object := range part.Fields["objects"].([]facts) {
				if object.Deactivated != "" && object.DeactivatesOn != "" {
					t.Errorf("%+v", object)
				}
			}
			fields, _ := json.Marshal(part.Fields)
			return string(fields)
		}
		if first, second := factsOf(kept), factsOf(json.RawMessage(encoded)); first != second {
			t.Errorf("%s becomes %s", first, second)
		}
	})
}

func TestAnswersThatCannotBeRead(t *testing.T) {
	good := reader.Answer{Origin: "kmip://okms", Body: json.RawMessage(`{"version": "1.4", "objects": [{"id": 3}]}`)}
	for name, test := range map[string]struct {
		section string
		answers []reader.Answer
		says    string
	}{
		"another section":    {"keys", []reader.Answer{good}, "tells nothing of the section keys"},
		"no answer":          {Section, nil, "expected is 1 answer, there are 0"},
		"too many":           {Section, []reader.Answer{good, good}, "there are 2"},
		"an id that is none": {Section, []reader.Answer{good}, "the answer of kmip://okms: objects.id is a JSON number"},
		"a list":             {Section, []reader.Answer{{Body: json.RawMessage(`[]`)}}, "JSON array"},
	} {
		t.Run(name, func(t *testing.T) {
			if part, err := read(reader.Request{Section: test.section, Answers: test.answers}); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v, %+v", err, part)
			}
		})
	}
}

// Facts lead to where they are kept.
func TestOrigins(t *testing.T) {
	form := formtest.Form(t)
	answer := reader.Answer{Body: json.RawMessage(`{"version": "1.4", "objects": [{"id": "a"}, {"id": "b"}]}`), Place: "/answers/0/body"}
	part, err := read(reader.Request{Section: Section, At: at, Form: form, Answers: []reader.Answer{answer}})
	if err != nil {
		t.Fatal(err)
	}
	if part.Origins["/objects/1"] != "/answers/0/body/objects/1" || part.Origins["/object_count"] != "/answers/0/body/objects" {
		t.Errorf("%v", part.Origins)
	}
}
