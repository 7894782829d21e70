package verdict

// Grade says how strong the facts are that a verdict rests on.
type Grade string

// The grades of facts, and of the checks and duties that rest on them.
const (
	Derived  Grade = "derived"  // read again from the bytes of an artifact in this run, and the same there
	Attached Grade = "attached" // an artifact of the section or the record is there, unchanged; no program reads it
	Stated   Grade = "stated"   // the word of whoever wrote the evidence
)

// Grades lists the grades, the strongest first.
var Grades = []Grade{Derived, Attached, Stated}

// Rank orders grades: the stronger, the higher; 0 is no grade at all.
func (g Grade) Rank() int {
	for i, grade := range Grades {
		if g == grade {
			return len(Grades) - i
		}
	}
	return 0
}

// Weaker is the weaker of two grades; no grade is none.
func Weaker(a, b Grade) Grade {
	if a == "" || b != "" && b.Rank() < a.Rank() {
		return b
	}
	return a
}
