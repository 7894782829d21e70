package schema

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What was probably meant is said only of days, times and numbers in another spelling: no other value is repeated, because it may be
// secret.

var (
	// numericDay is a day of three numbers, the year first or last.
	numericDay = regexp.MustCompile(`^(?:(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})|(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})|(\d{4})(\d\d)(\d\d))$`)
	// timeOfDay is what follows a day: hours and minutes, perhaps seconds and a zone.
	timeOfDay = regexp.MustCompile(`^(.*?)(?:T|t|,? +)(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,]\d+)?)? *([Zz]|UTC|GMT|[-+]\d\d:?\d\d)?(?: UTC)?$`)
	yearMonth = regexp.MustCompile(`^\d{4}[-/]\d{1,2}$`)
)

// wordyDays are the layouts of days with the name of the month.
var wordyDays = []string{"January 2, 2006", "Jan 2, 2006", "January 2 2006", "Jan 2 2006", "2 January 2006", "2 Jan 2006", "2-Jan-2006", "02-Jan-06"}

// daysOf are the days, YYYY-MM-DD, that a text in another spelling may stand for: two where day and month can change places.
func daysOf(text string) []string {
	for _, layout := range wordyDays {
		if at, err := time.Parse(layout, text); err == nil {
			return []string{at.Format(time.DateOnly)}
		}
	}
	parts := numericDay.FindStringSubmatch(text)
	if parts == nil {
		return nil
	}
	var days []string
	add := func(year, month, day string) {
		spelled := year + "-" + twoDigits(month) + "-" + twoDigits(day)
		if _, err := time.Parse(time.DateOnly, spelled); err == nil && !slices.Contains(days, spelled) {
			days = append(days, spelled)
		}
	}
	switch {
	case parts[1] != "":
		add(parts[1], parts[2], parts[3])
	case parts[4] != "":
		add(parts[6], parts[5], parts[4])
		add(parts[6], parts[4], parts[5])
	default:
		add(parts[7], parts[8], parts[9])
	}
	return days
}

// twoDigits fills a number up to two digits.
func twoDigits(number string) string { return ("00" + number)[len(number):] }

// either names one or two spellings, of which the first has the day before the month.
func either(spellings []string) string {
	if len(spellings) == 2 {
		return fmt.Sprintf("write %s if the day comes first, %s if the month does", spellings[0], spellings[1])
	}
	return "write " + spellings[0]
}

func dateMessage(text string) string {
	const form = "must be a date, YYYY-MM-DD"
	day, clock := text, timeOfDay.FindStringSubmatch(text)
	if clock != nil {
		day = clock[1]
	}
	switch days := daysOf(day); {
	case len(days) > 0 && clock != nil:
		return form + ", without a time of day: " + either(days)
	case len(days) > 0:
		return form + ": " + either(days)
	case yearMonth.MatchString(text):
		return form + ": the day is missing"
	case numericDay.MatchString(day):
		return form + ": the calendar has no such day"
	}
	return form
}

func timeMessage(text string) string {
	const form = "must be an RFC 3339 time with a zone"
	if days := daysOf(text); len(days) > 0 {
		for i := range days {
			days[i] += "T00:00:00Z"
		}
		return form + ", and this is a day alone: " + either(days) + ", with the time of day if you know it"
	}
	clock := timeOfDay.FindStringSubmatch(text)
	if clock == nil {
		return form + ", such as 2026-11-18T09:00:00Z"
	}
	zone := strings.ToUpper(clock[5])
	if len(zone) == len("+0100") {
		zone = zone[:3] + ":" + zone[3:]
	}
	if zone == "UTC" || zone == "GMT" {
		zone = "Z"
	}
	var times []string
	for _, day := range daysOf(clock[1]) {
		spelled := day + "T" + twoDigits(clock[2]) + ":" + clock[3] + ":" + twoDigits(clock[4]) + zone
		if zone == "" {
			spelled += "Z"
		}
		if _, err := time.Parse(time.RFC3339, spelled); err == nil {
			times = append(times, spelled)
		}
	}
	switch {
	case len(times) == 0:
		return form + ": there is no such time"
	case zone == "":
		return form + ": " + either(times) + "; Z stands for UTC, for another zone write its offset, such as +01:00"
	default:
		return form + ": " + either(times)
	}
}

// units are the spellings of units, by the ending of the field that is in them.
var units = map[string][]string{
	"seconds": {"s", "sec", "secs", "second", "seconds"}, "minutes": {"m", "min", "mins", "minute", "minutes"}, "hours": {"h", "hr", "hrs", "hour", "hours"},
	"days": {"d", "day", "days"}, "months": {"month", "months"}, "years": {"y", "year", "years"}, "percent": {"%", "percent", "pct"},
	"bits": {"bit", "bits"}, "ms": {"ms", "milliseconds"}, "bytes": {"b", "byte", "bytes"}, "characters": {"characters", "chars"},
}

var (
	withUnit  = regexp.MustCompile(`^(-?\d+(?:\.\d+)?) ?([A-Za-z%]+)$`)
	separated = regexp.MustCompile(`^-?\d{1,3}(?:[ '’\x{a0}\x{202f}]\d{3})+$`)
	commaed   = regexp.MustCompile(`^-?\d+,\d+$`)
	compared  = regexp.MustCompile(`^(?:[<>]=?|≤|≥|~|about |at least |up to )`)
)

// numberAdvice says how a text is written as a number, in the unit of a field; empty where it is none.
func numberAdvice(text, field string) string {
	unit := field[strings.LastIndexByte(field, '_')+1:]
	spellings := units[unit]
	if parts := withUnit.FindStringSubmatch(text); parts != nil {
		switch word := strings.ToLower(parts[2]); {
		case slices.Contains(spellings, word):
			return fmt.Sprintf("write %s, without the unit", parts[1])
		case spellings != nil:
			return fmt.Sprintf("write the number of %s, without a unit", unit)
		case slices.ContainsFunc(allUnits(), func(all []string) bool { return slices.Contains(all, word) }):
			return "write the number alone, without a unit"
		}
	}
	switch {
	case separated.MatchString(text):
		return "write " + strings.Map(digit, text) + ", without separators"
	case commaed.MatchString(text):
		return "write a point before decimals, and no comma between digits"
	case compared.MatchString(text):
		return "write the number alone"
	}
	return ""
}

// Unit is the unit of a number by the ending of its field, such as hours of rpo_hours; empty for none.
func Unit(field string) string {
	unit := field[strings.LastIndexByte(field, '_')+1:]
	if units[unit] == nil || unit == field {
		return ""
	}
	return unit
}

// Days are the days, YYYY-MM-DD, that a text in another spelling may stand for, with or without a time of day: two where day and month can
// change places.
func Days(text string) []string {
	if clock := timeOfDay.FindStringSubmatch(text); clock != nil {
		text = clock[1]
	}
	return daysOf(text)
}

func allUnits() [][]string {
	var all [][]string
	for _, spellings := range units {
		all = append(all, spellings)
	}
	return all
}

func digit(r rune) rune {
	if r == '-' || r >= '0' && r <= '9' {
		return r
	}
	return -1
}

// colon is a key whose value follows without a space, which YAML takes for one text.
var colon = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_-]*):\S`)

// colonAdvice says of a text that it was meant to be a field; empty where it was not. The fields are those that are known there.
func colonAdvice(text string, fields map[string]any) string {
	parts := colon.FindStringSubmatch(text)
	if parts == nil {
		return ""
	}
	if _, isField := fields[parts[1]]; isField {
		return fmt.Sprintf("put a space after the colon, as in `%s: value`", parts[1])
	}
	return "put a space after the colon"
}

// digitsOfDay is a number that is a day without its dashes, YYYY-MM-DD; empty for any other.
func digitsOfDay(number string) string {
	if _, err := strconv.Atoi(number); err != nil || len(number) != len("20060102") {
		return ""
	}
	if days := daysOf(number); len(days) == 1 {
		return days[0]
	}
	return ""
}

// forEditors are comments that editors read, and that are fields without the sign of a comment.
var forEditors = map[string]string{
	"yaml-language-server": "this line is a comment for editors: put \"# \" back in front of it",
	"$schema":              "editors take the schema from a comment: write `# yaml-language-server: $schema=…` instead",
}
