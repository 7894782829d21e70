package consistency

import "strconv"

// over says that an object is listed no longer than some days after a date: what is kept beyond its end is not removed.
type over struct {
	condition
	At   string
	Days int
}

func (r *reader) over() *over {
	value := r.form.get("x-over")
	if value == nil {
		return nil
	}
	fields := r.fields(value, "x-over")
	return &over{r.condition(fields), r.beside(fields["at"], "x-over.at"), r.days(fields["days"], "x-over.days")}
}

// over finds an object that was still listed when its section was read.
func (r *run) over(o *over, fields map[string]any, at *place) {
	end, hasEnd := momentOf(fields[o.At])
	reading := r.reading(at.section())
	if hasEnd && o.holds(fields) && reading.text != "" && reading.daysAgo(o.Days).after(end) {
		r.report(at.below(o.At), "still_listed", []string{"/" + at.section() + "/source/collected_at"},
			map[string]any{"field": inWords(o.At), "date": end.text, "reading": reading.text, "days": strconv.Itoa(o.Days)})
	}
}
