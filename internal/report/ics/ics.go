// Package ics writes what starts to fail, and when, as an iCalendar file (RFC 5545): an entry for each day and service.
package ics

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	ical "github.com/arran4/golang-ical"
	"github.com/google/uuid"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/words"
)

// namespace of the entries' ids: the same day of the same service keeps its id, so that importing a newer file changes the
// entry and adds no second one.
var namespace = uuid.NewSHA1(uuid.NameSpaceDNS, []byte("raci-check/forecast"))

// reminder is how long before the day a calendar tells of it.
const reminder = "-P7D"

// Room for text, in characters: calendars show little of it.
const (
	maxSummary = 120
	maxService = 40 // of maxSummary
	maxLine    = 400
	maxEvents  = 25 // in the description of one entry
)

// Write writes in a language the entries of all services that were looked ahead for.
func Write(w io.Writer, a *assessment.Assessment, language *words.Words) error {
	say := writer{wording.In(language)}
	at, err := time.Parse(time.RFC3339Nano, a.At)
	if err != nil {
		return fmt.Errorf("write calendar: the assessment's time: %w", err)
	}
	calendar := ical.NewCalendar()
	calendar.SetProductId("-//raci-check//forecast//" + strings.ToUpper(language.Tag()))
	calendar.SetMethod(ical.MethodPublish)
	calendar.SetXWRCalName("raci-check")
	if about := say.about(a); about != "" {
		calendar.SetXWRCalDesc(text(about, maxLine))
	}
	for _, service := range a.Services {
		if service.Forecast == nil {
			continue
		}
		for _, day := range days(service.Forecast.Events) {
			if err := say.add(calendar, service, day, at); err != nil {
				return fmt.Errorf("write calendar: %w", err)
			}
		}
	}
	return calendar.SerializeTo(w, ical.WithNewLineWindows)
}

// writer has the words of a language.
type writer struct{ wording.Phrases }

// about says of the whole calendar for which time it was made, where that was chosen, and how strong the passes are.
func (w writer) about(a *assessment.Assessment) string {
	var parts []string
	if past := w.PastTime(a); past != "" {
		parts = append(parts, w.Say("Assessed %s", past))
	}
	if grades := w.Grades(a.Services...); grades != "" {
		parts = append(parts, grades)
	}
	if a.DisputedNotCounted {
		parts = append(parts, w.Text(wording.NotCounted))
	}
	return strings.Join(parts, ". ")
}

// days puts the events of each day, UTC, together.
func days(events []assessment.Event) [][]assessment.Event {
	var all [][]assessment.Event
	for _, e := range events {
		if n := len(all); n > 0 && date(all[n-1][0]) == date(e) {
			all[n-1] = append(all[n-1], e)
			continue
		}
		all = append(all, []assessment.Event{e})
	}
	return all
}

func date(e assessment.Event) string {
	day, _, _ := strings.Cut(e.At, "T")
	return day
}

func (w writer) add(calendar *ical.Calendar, service assessment.Service, events []assessment.Event, stamp time.Time) error {
	day, err := time.Parse(time.DateOnly, date(events[0]))
	if err != nil {
		return err
	}
	title := w.summary(wording.Service(&service), date(events[0]), events)
	var description strings.Builder
	for i, e := range events {
		if i == maxEvents {
			description.WriteString(w.Say("and %d more", len(events)-i) + "\n")
			break
		}
		why := ""
		if e.WaiverEnds {
			why = w.Text("its waiver ends:") + " "
		}
		fmt.Fprintf(&description, "%s  %s  %s%s\n%s\n%s\n%s\n\n", strings.TrimSuffix(strings.TrimPrefix(e.At, date(e)+"T"), "Z")+" UTC", w.Text(string(e.Severity)), why,
			text(e.Message, maxLine), text(wording.Place(e.Location), maxLine), w.Say("Fix: %s", text(e.Remediation, maxLine)),
			w.Say("Checks: %s", text(strings.Join(e.Checks, ", "), maxLine)))
	}
	if grades := w.Grades(service); grades != "" {
		description.WriteString(w.Say("Strength now: %s", text(grades, maxLine)) + "\n")
	}
	entry := calendar.AddEvent(uuid.NewSHA1(namespace, []byte(service.Service.ID+" "+date(events[0]))).String())
	entry.SetDtStampTime(stamp)
	entry.SetAllDayStartAt(day)
	entry.SetAllDayEndAt(day.AddDate(0, 0, 1))
	entry.SetSummary(title)
	entry.SetDescription(strings.TrimSpace(description.String()))
	entry.SetTimeTransparency(ical.TransparencyTransparent)
	alarm := entry.AddAlarm()
	alarm.SetAction(ical.ActionDisplay)
	alarm.SetTrigger(reminder)
	alarm.SetDescription(title)
	return nil
}

// summary is the title of an entry: what ends and when come first, because calendars cut titles, and of several the gravest. The service
// comes last and is never cut off.
func (w writer) summary(service, day string, events []assessment.Event) string {
	gravest := slices.Clone(events)
	slices.SortStableFunc(gravest, func(x, y assessment.Event) int { return cmp.Compare(y.Severity.Rank(), x.Severity.Rank()) })
	var all []string
	for _, e := range gravest {
		if end := w.ends(e); !slices.Contains(all, end) {
			all = append(all, end)
		}
	}
	lead := w.Say("%s from %s (%s)", all[0], w.Day(day), w.Text(string(gravest[0].Severity)))
	switch {
	case len(all) > 1:
		lead += w.Say(", and %d more: %s", len(all)-1, strings.Join(all[1:], w.Text("; ")))
	case len(events) > 1:
		lead += w.Say(", %d findings", len(events))
	default:
		lead = w.Say("%s: %s", lead, events[0].Message)
	}
	end := text(" · "+service, maxService)
	return text(lead, maxSummary-utf8.RuneCountInString(end)) + end
}

// ends says what is over with an event.
func (w writer) ends(e assessment.Event) string {
	check := w.Text("a check")
	if len(e.Checks) > 0 {
		check = e.Checks[0]
	}
	switch {
	case e.WaiverEnds:
		return w.Say("the waiver of %s is over", check)
	case e.Cause != nil && e.Cause.Kind == assessment.Stale:
		return w.Say("evidence of %s is too old", e.Cause.Subject)
	}
	return w.Say("%s fails", check)
}

// text is one line of harmless text. Long lines are folded anywhere, so that no two colons may stand together: they would
// begin a command where a build service prints the file.
func text(s string, limit int) string {
	return sanitize.Cut(strings.ReplaceAll(sanitize.Text(s), "::", `:\u{3a}`), limit)
}
