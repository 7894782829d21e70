package schema_test

import (
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/document"
)

// What people often write in place of a day, a time or a number is named with the spelling that was probably meant.
func TestAdvice(t *testing.T) {
	form := compile(t, jobs)
	const (
		day  = "must be a date, YYYY-MM-DD"
		time = "must be an RFC 3339 time with a zone"
	)
	for line, says := range map[string]string{
		"on: 06/05/2026":                day + ": write 2026-05-06 if the day comes first, 2026-06-05 if the month does",
		"on: 06.05.2026":                day + ": write 2026-05-06 if the day comes first, 2026-06-05 if the month does",
		"on: 05/05/2026":                day + ": write 2026-05-05",
		"on: 13/05/2026":                day + ": write 2026-05-13",
		"on: 05/13/2026":                day + ": write 2026-05-13",
		"on: 2026/5/6":                  day + ": write 2026-05-06",
		"on: 20260506":                  day + ": write 2026-05-06",
		"on: 20261306":                  "expected text, found a number: put it in quotes",
		"on: May 6, 2026":               day + ": write 2026-05-06",
		"on: 6 May 2026":                day + ": write 2026-05-06",
		"on: 2026-02-30":                day + ": the calendar has no such day",
		"on: 30/02/2026":                day + ": the calendar has no such day",
		"on: 2026-05":                   day + ": the day is missing",
		"on: 2026-05-06T10:00:00Z":      day + ", without a time of day: write 2026-05-06",
		"on: 2026-05-06 00:00:00":       day + ", without a time of day: write 2026-05-06",
		"on: 2026-05-06T00:00:00+02:00": day + ", without a time of day: write 2026-05-06",
		"on: soon":                      day,
		"on: 1970-01-01 of a year":      day,

		"collected_at: 2026-11-18":                time + ", and this is a day alone: write 2026-11-18T00:00:00Z, with the time of day if you know it",
		"collected_at: 2026-11-18 7:30":           time + ": write 2026-11-18T07:30:00Z; Z stands for UTC, for another zone write its offset, such as +01:00",
		"collected_at: 2026-11-18T07:30:15":       time + ": write 2026-11-18T07:30:15Z; Z stands for UTC, for another zone write its offset, such as +01:00",
		"collected_at: 06/05/2026 07:30":          time + ": write 2026-05-06T07:30:00Z if the day comes first, 2026-06-05T07:30:00Z if the month does; Z stands for UTC, for another zone write its offset, such as +01:00",
		"collected_at: 2026-11-18 07:30:00+0100":  time + ": write 2026-11-18T07:30:00+01:00",
		"collected_at: 2026-11-18 07:30:00 UTC":   time + ": write 2026-11-18T07:30:00Z",
		"collected_at: 2026-11-18 07:30:00.5 UTC": time + ": write 2026-11-18T07:30:00Z",
		"collected_at: 2026-11-18 25:30":          time + ": there is no such time",
		"collected_at: today":                     time + ", such as 2026-11-18T09:00:00Z",

		"retention_days: 4d":          "expected a whole number, found text: write 4, without the unit",
		"retention_days: 90 days":     "expected a whole number, found text: write 90, without the unit",
		"retention_days: 4h":          "expected a whole number, found text: write the number of days, without a unit",
		"rpo_hours: 4h":               "expected a number, found text: write 4, without the unit",
		"rpo_hours: 0.5 Hours":        "expected a number, found text: write 0.5, without the unit",
		"rpo_hours: 0,5":              "expected a number, found text: write a point before decimals, and no comma between digits",
		"retention_days: 1 000":       "expected a whole number, found text: write 1000, without separators",
		"retention_days: '>= 30'":     "expected a whole number, found text: write the number alone",
		"retention_days: four":        "expected a whole number, found text",
		"retention_days: 4 horses":    "expected a whole number, found text: write the number of days, without a unit",
		"retention_days: [4]":         "expected a whole number, found a list: write one value, without - or [ ]",
		"size: 4%":                    "expected a number or nothing, found text: write the number alone, without a unit",
		"scope: {keys: true}":         "expected a list, found a mapping: write - before each item, and indent its fields alike",
		"source: on:2026-01-01":       "expected a mapping, found text: put a space after the colon, as in `on: value`",
		"source: secret:2026":         "expected a mapping, found text: put a space after the colon",
		"source: {on:2026-01-01}":     `unknown field "on:2026-01-01": put a space after the colon, as in ` + "`on: value`",
		"source: {colour:2026-01-01}": `unknown field "colour:2026-01-01", known are collected_at, collected_by, on`,
	} {
		text := job(line)
		if strings.HasPrefix(line, "on:") || strings.HasPrefix(line, "collected_at:") {
			text = "kind: Evidence\nsource:\n  " + line + "\n"
		} else if strings.HasPrefix(line, "source:") {
			text = "kind: Evidence\n" + line + "\n"
		}
		err := form.Validate(read(t, text))
		if err == nil || !strings.HasSuffix(err.Error(), ": "+says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, wanted %s", line, err, says)
		}
	}
}

// Programs that read YAML and write it again make a time of a day: it is taken for the day that it is.
func TestMidnightsAreDays(t *testing.T) {
	form := compile(t, `{
  "properties": {
    "on": {"type": "string", "format": "date"}, "at": {"type": "string", "format": "date-time"}, "text": {"type": "string"},
    "any": {"anyOf": [{"type": "string", "format": "date"}, {"type": "array", "items": {"type": "string", "format": "date"}}]}
  }
}`)
	for text, is := range map[string]string{
		"on: 2026-05-06T00:00:00Z": "2026-05-06", "on: '2026-05-06T00:00:00Z'": "2026-05-06", "on: 2026-05-06T00:00:00.000+00:00": "2026-05-06", "on: 2026-05-06": "2026-05-06",
		"at: 2026-05-06T00:00:00Z": "2026-05-06T00:00:00Z", "text: 2026-05-06T00:00:00Z": "2026-05-06T00:00:00Z", "any: 2026-05-06T00:00:00Z": "2026-05-06",
		"on: 2026-05-06T00:00:01Z": "", "on: 2026-05-06T00:00:00+02:00": "", "on: 2026-02-30T00:00:00Z": "", "on: 1969-05-06T00:00:00Z": "", "on: 2026-05-06T00:00:00": "",
	} {
		doc := read(t, text+"\n")
		err := form.Validate(doc)
		field, _, _ := strings.Cut(text, ":")
		value, _ := doc.Lookup("/" + field)
		if (err != nil) != (is == "") || err == nil && value != is {
			t.Errorf("%s: %v, %v", text, value, err)
		}
	}
	doc := read(t, "any: [2026-05-06T00:00:00Z, 2026-05-07, 2026-05-08T00:00:00Z]\n")
	if err := form.Validate(doc); err != nil {
		t.Error(err)
	}
	if last, _ := doc.Lookup("/any/2"); last != "2026-05-08" {
		t.Errorf("the last item is %v", last)
	}
	if at := doc.ValuePosition("/any/2"); at != (document.Position{Line: 1, Column: 41}) {
		t.Errorf("its place is %v", at)
	}
}
