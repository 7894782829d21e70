package permission

import "time"

// At is From without the time in which the answer is the same.
func At(evidence map[string]any, table *Table, at time.Time) map[string]any {
	all, _ := From(evidence, table, at)
	return all
}
