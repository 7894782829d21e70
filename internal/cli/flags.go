package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"raci-check/internal/assess"
	"raci-check/internal/parameter"
	"raci-check/internal/schema"
	"raci-check/internal/verdict"
)

// instant is a flag that holds an RFC 3339 instant, or a date: its first moment in UTC.
type instant struct{ time.Time }

func (i *instant) String() string {
	if i.IsZero() {
		return ""
	}
	return i.Format(time.RFC3339Nano)
}

func (i *instant) Set(text string) error {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			if at.Year() < 1970 || at.Year() > 2261 {
				return fmt.Errorf("the year must be between 1970 and 2261")
			}
			i.Time = at.UTC()
			return nil
		}
	}
	return fmt.Errorf("expected an RFC 3339 time such as 2026-11-20T09:00:00Z, or a date such as 2026-11-20")
}

func (i *instant) Type() string { return "instant" }

// profileFlag is the flag that names profiles.
func profileFlag(flags *pflag.FlagSet, profiles *[]string) {
	flags.StringArrayVar(profiles, "profile", []string{parameter.Baseline},
		"`name` of a profile for the parameters; repeatable, the strictest value of each parameter applies; see docs/profiles.md")
}

// mebibytes is a flag that holds a size in bytes and is given in MiB.
type mebibytes int

func (m *mebibytes) String() string { return strconv.Itoa(int(*m) >> 20) }

func (m *mebibytes) Set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > assess.LargestFileSize>>20 {
		return fmt.Errorf("expected a whole number of MiB from 1 to %d", assess.LargestFileSize>>20)
	}
	*m = mebibytes(n << 20)
	return nil
}

func (m *mebibytes) Type() string { return "MiB" }

// choice is a flag that holds one of a few words.
type choice struct {
	value string
	known []string
	kind  string
}

func (c *choice) String() string { return c.value }

func (c *choice) Set(text string) error {
	for _, known := range c.known {
		if text == known {
			c.value = text
			return nil
		}
	}
	return fmt.Errorf("%s", schema.Unknown(c.kind, text, c.known))
}

func (c *choice) Type() string { return strings.Join(c.known, "|") }

func severityChoice() *choice {
	c := &choice{value: string(verdict.Low), kind: "severity"}
	for _, severity := range verdict.Severities {
		c.known = append(c.known, string(severity))
	}
	return c
}

func colorChoice() *choice {
	return &choice{value: "auto", known: []string{"auto", "always", "never"}, kind: "colour mode"}
}

// outputs is a repeatable flag: FORMAT, or FORMAT=FILE.
type outputs struct {
	known []string
	list  []output
}

// output is one report to write; an empty file is standard output.
type output struct{ format, file string }

func (o *outputs) String() string { return "" }

func (o *outputs) Set(text string) error {
	format, file, toFile := strings.Cut(text, "=")
	check := choice{known: o.known, kind: "output format"}
	if err := check.Set(format); err != nil {
		return err
	}
	if toFile && file == "" {
		return fmt.Errorf("%s= names no file", format)
	}
	for _, other := range o.list {
		if other.file == file {
			if file == "" {
				return fmt.Errorf("%s and %s would both go to standard output; give one a file (%s=FILE)", other.format, format, format)
			}
			return fmt.Errorf("%s and %s would both go to %s", other.format, format, file)
		}
	}
	o.list = append(o.list, output{format, file})
	return nil
}

// anyOf reports whether one of the formats is asked for.
func (o *outputs) anyOf(formats []string) bool {
	return slices.ContainsFunc(o.list, func(one output) bool { return slices.Contains(formats, one.format) })
}

// only reports whether no format but this one, which is the default, is asked for.
func (o *outputs) only(format string) bool {
	return !slices.ContainsFunc(o.list, func(one output) bool { return one.format != format })
}

func (o *outputs) Type() string { return "format[=file]" }
