package rego

import (
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// answers is OPA's cache of what rules and functions answered, with a shorter way to most of it: policies ask thousands of
// them for every service. It is for one evaluation at a time.
type answers struct {
	topdown.VirtualCache // what no question can stand for

	frames    []map[question]*ast.Term // nil for what is undefined
	functions map[*ast.Term]int        // by where they are called
	names     map[string]int           // a function has one number wherever it is called
}

// question is a function with its arguments, or the path of a rule: texts, numbers, booleans and null by value, collections
// by identity. Collections do not change; two that are equal and not the same are only asked about twice.
type question struct {
	function int // 0 for a rule
	parts    [3]ast.Value
}

func newAnswers() *answers {
	return &answers{
		VirtualCache: topdown.NewVirtualCache(), frames: []map[question]*ast.Term{{}},
		functions: map[*ast.Term]int{}, names: map[string]int{},
	}
}

// keptRoom is how many answers the room for is kept; a usual service has some thousand. Room never shrinks, and clearing
// that of a huge service would cost each small one after it.
const keptRoom = 1 << 14

// forget makes it ready for other evidence.
func (a *answers) forget() {
	a.VirtualCache = topdown.NewVirtualCache()
	if len(a.frames[0]) > keptRoom {
		a.frames[0] = map[question]*ast.Term{}
	} else {
		clear(a.frames[0])
	}
}

func (a *answers) Push() {
	a.VirtualCache.Push()
	a.frames = append(a.frames, map[question]*ast.Term{})
}

func (a *answers) Pop() {
	a.VirtualCache.Pop()
	a.frames = a.frames[:len(a.frames)-1]
}

func (a *answers) Get(ref ast.Ref) (answer *ast.Term, undefined bool) {
	if q, ok := a.question(ref); ok {
		answer, asked := a.frames[len(a.frames)-1][q]
		return answer, asked && answer == nil
	}
	return a.VirtualCache.Get(ref)
}

func (a *answers) Put(ref ast.Ref, answer *ast.Term) {
	if q, ok := a.question(ref); ok {
		a.frames[len(a.frames)-1][q] = answer
		return
	}
	a.VirtualCache.Put(ref, answer)
}

// question reads a key of the cache: data and the path of a rule, or the whole reference to a function and its arguments.
func (a *answers) question(ref ast.Ref) (q question, ok bool) {
	if len(ref) == 0 || len(ref) > len(q.parts)+1 {
		return q, false
	}
	for i, part := range ref[1:] {
		switch part.Value.(type) {
		case ast.String, ast.Number, ast.Boolean, ast.Null, ast.Object, *ast.Array, ast.Set:
			q.parts[i] = part.Value
		default:
			return q, false
		}
	}
	switch head := ref[0].Value.(type) {
	case ast.Var:
		return q, head.Equal(ast.DefaultRootDocument.Value)
	case ast.Ref:
		q.function = a.functions[ref[0]]
		if q.function == 0 {
			name := head.String()
			if a.names[name] == 0 {
				a.names[name] = len(a.names) + 1
			}
			q.function = a.names[name]
			a.functions[ref[0]] = q.function
		}
		return q, true
	}
	return q, false
}
