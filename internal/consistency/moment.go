package consistency

import (
	"time"
)

// moment is a time, or a day without a time.
type moment struct {
	at   time.Time
	text string
	day  bool
}

// momentOf reads a date or a time; it is false for anything else, which the schema refuses.
func momentOf(value any) (moment, bool) {
	text, _ := value.(string)
	layout := time.RFC3339Nano
	if len(text) == len(time.DateOnly) {
		layout = time.DateOnly
	}
	at, err := time.Parse(layout, text)
	if err != nil {
		return moment{}, false
	}
	return moment{at.UTC(), text, layout == time.DateOnly}, true
}

// after reports whether the moment is later than another. Where one has no time, days are compared.
func (m moment) after(other moment) bool {
	if m.day || other.day {
		return m.date().After(other.date())
	}
	return m.at.After(other.at)
}

// later is the moment so many days later.
func (m moment) later(days int) moment {
	return moment{m.at.AddDate(0, 0, days), m.text, m.day}
}

// date is the first moment of the day, UTC.
func (m moment) date() time.Time { return m.at.Truncate(24 * time.Hour) }

// daysAgo is the day that lies some days before.
func (m moment) daysAgo(days int) moment {
	at := m.at.Add(-time.Duration(days) * 24 * time.Hour)
	return moment{at: at, text: at.Format(time.DateOnly), day: true}
}

// near reports whether two moments are at most some days apart.
func (m moment) near(other moment, days int) bool {
	return m.date().Sub(other.date()).Abs() <= time.Duration(days)*24*time.Hour
}

func (m moment) sameDay(other moment) bool { return m.date().Equal(other.date()) }
