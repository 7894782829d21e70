package rego

import (
	"context"
	"maps"
	"math"
	"math/big"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/types"

	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/recall"
)

// assessed is the rule that answers the time of the assessment, in nanoseconds. It is the only one that may read input.at for what a
// check finds to be known to change at certain times only.
var assessed = ast.MustParseRef("data.lib.at_ns")

// comparisons are the builtins that compare; each has a twin that a comparison with the time calls in its place. The value says whether
// its answer changes at the number itself where the time is on the right; else it changes right after it.
var comparisons = map[string]bool{"lte": true, "gt": true, "lt": false, "gte": false}

// twinPrefix begins the names of the twins. No policy can call one: they are not among the builtins that are allowed.
const twinPrefix = "raci_check.time."

// watchTime puts a twin, with a number of its own, in the place of each comparison that has nothing but the time of the assessment on
// one side. The modules are compiled, and are changed.
func watchTime(modules map[string]*ast.Module) {
	number := 0
	for _, file := range slices.Sorted(maps.Keys(modules)) {
		for _, rule := range modules[file].Rules {
			for ; rule != nil; rule = rule.Else {
				number = watchRule(rule, number)
			}
		}
	}
}

// watchRule does so in one rule, without its else, and answers the next number.
func watchRule(rule *ast.Rule, number int) (next int) {
	times := timesIn(rule)
	if len(times) == 0 {
		return number
	}
	ast.WalkExprs(rule.Body, func(expr *ast.Expr) bool {
		if isLeft, compares := comparesTime(expr, times); compares {
			operands := expr.Operands()
			operator := ast.NewTerm(ast.MustParseRef(twinPrefix + expr.Operator().String()))
			place := ast.IntNumberTerm(number)
			if isLeft {
				place = ast.IntNumberTerm(-number - 1)
			}
			number++
			expr.Terms = slices.Concat([]*ast.Term{operator, operands[0], operands[1], place}, operands[2:])
		}
		return false
	})
	return number
}

// timesIn are the variables of a rule, without its else, that stand for the time of the assessment and are used for comparisons alone.
func timesIn(rule *ast.Rule) map[ast.Var]bool {
	times := map[ast.Var]bool{}
	uses := map[ast.Var]int{}
	ast.WalkExprs(rule.Body, func(expr *ast.Expr) bool {
		if name, isTime := timeOf(expr); isTime {
			times[name] = true
			uses[name]++
		}
		return false
	})
	if len(times) == 0 {
		return nil
	}
	for _, part := range []any{rule.Head, rule.Body} {
		ast.WalkVars(part, func(v ast.Var) bool {
			uses[v]--
			return false
		})
	}
	ast.WalkExprs(rule.Body, func(expr *ast.Expr) bool {
		if isLeft, compares := comparesTime(expr, times); compares {
			uses[expr.Operand(side(isLeft)).Value.(ast.Var)]++
		}
		return false
	})
	maps.DeleteFunc(times, func(v ast.Var, _ bool) bool { return uses[v] != 0 })
	return times
}

func side(isLeft bool) int {
	if isLeft {
		return 0
	}
	return 1
}

// timeOf is the variable that an expression lets stand for the time of the assessment, as the compiler writes it for an operand.
func timeOf(expr *ast.Expr) (name ast.Var, isTime bool) {
	operands := expr.Operands()
	if !expr.IsEquality() || len(expr.With) > 0 || !operands[1].Equal(ast.NewTerm(assessed)) {
		return "", false
	}
	name, isTime = operands[0].Value.(ast.Var)
	return name, isTime && renamed(name)
}

// comparesTime reports whether an expression compares one of these variables with something else, and whether that is on its left.
func comparesTime(expr *ast.Expr, times map[ast.Var]bool) (isLeft, compares bool) {
	if !expr.IsCall() || len(expr.With) > 0 {
		return false, false
	}
	name := expr.Operator().String()
	name = strings.TrimPrefix(name, twinPrefix)
	if _, isComparison := comparisons[name]; !isComparison {
		return false, false
	}
	is := func(i int) bool {
		v, isVar := expr.Operand(i).Value.(ast.Var)
		return isVar && times[v]
	}
	return is(0), is(0) != is(1)
}

// watched is the number of the comparison that an expression is, where it is one with the time.
func watched(expr *ast.Expr) (number int, isWatched bool) {
	if !expr.IsCall() {
		return 0, false
	}
	if !strings.HasPrefix(expr.Operator().String(), twinPrefix) {
		return 0, false
	}
	number, _ = placeOf(expr.Operand(2))
	return number, true
}

// placeOf reads the number of a comparison, and whether the time is on its left.
func placeOf(term *ast.Term) (number int, isLeft bool) {
	n, _ := term.Value.(ast.Number)
	number, _ = n.Int()
	if number < 0 {
		return -number - 1, true
	}
	return number, false
}

// clock notes, for each comparison with the time, when the answers that it gave change. It is for one evaluation at a time.
type clock struct {
	at    int64 // nanoseconds since 1970 UTC
	spans map[int]engine.Span
}

type clockKey struct{}

// note notes that a comparison of a number changes its answer at a time.
func (c *clock) note(number int, turn int64) {
	span, seen := c.spans[number]
	if !seen {
		span = engine.Always
	}
	if turn <= c.at {
		span.From = max(span.From, turn)
	} else {
		span.Until = min(span.Until, turn)
	}
	c.spans[number] = span
}

// twins are the builtins with which a query can call the twins of comparisons.
func twins() map[string]*topdown.Builtin {
	all := map[string]*topdown.Builtin{}
	for name, turnsAtNumber := range comparisons {
		holds := map[string]func(int) bool{
			"lte": func(order int) bool { return order <= 0 }, "gt": func(order int) bool { return order > 0 },
			"lt": func(order int) bool { return order < 0 }, "gte": func(order int) bool { return order >= 0 },
		}[name]
		decl := &ast.Builtin{Name: twinPrefix + name, Decl: types.NewFunction(types.Args(types.A, types.A, types.N), types.B)}
		all[decl.Name] = &topdown.Builtin{Decl: decl, Func: func(bctx topdown.BuiltinContext, operands []*ast.Term, iter func(*ast.Term) error) error {
			left, right, place := operands[0], operands[1], operands[2]
			if c, watches := bctx.Context.Value(clockKey{}).(*clock); watches {
				number, isLeft := placeOf(place)
				other, isTurn := left, turnsAtNumber
				if isLeft {
					other, isTurn = right, !turnsAtNumber
				}
				if turn, turns := turnOf(other.Value, isTurn); turns {
					c.note(number, turn)
				}
			}
			return iter(ast.InternedTerm(holds(ast.Compare(left.Value, right.Value))))
		}}
	}
	return all
}

// fractionBits is the precision in which a number that is not whole is read: far more than there are nanoseconds.
const fractionBits = 256

// turnOf is the first whole nanosecond at which a comparison of the time with a value has its later answer: the value itself, or the
// next one. What is no number never changes its answer.
func turnOf(value ast.Value, itself bool) (turn int64, turns bool) {
	number, isNumber := value.(ast.Number)
	if !isNumber {
		return 0, false
	}
	if whole, isWhole := number.Int64(); isWhole {
		if itself || whole == math.MaxInt64 {
			return whole, true
		}
		return whole + 1, true
	}
	exact, _, err := big.ParseFloat(string(number), 10, fractionBits, big.ToNearestEven)
	if err != nil {
		return 0, false
	}
	whole, accuracy := exact.Int64()
	switch {
	case whole == math.MaxInt64 || whole == math.MinInt64:
		return 0, false // no time that an assessment can be made for
	case accuracy == big.Below || accuracy == big.Exact && !itself:
		whole++ // cut off towards zero, a positive number became less
	}
	return whole, true
}

// clocks are those of the evaluations that are made side by side of one input.
type clocks struct {
	at   int64
	kept *keptInput

	mutex sync.Mutex
	all   []*clock
}

// records are those of the input.
func (c *clocks) records(plain map[string]any) int {
	if c == nil {
		return records(plain)
	}
	return c.kept.records()
}

// start is a context in which comparisons with the time are noted.
func (c *clocks) start(ctx context.Context) context.Context {
	if c == nil {
		return ctx
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	started := &clock{c.at, map[int]engine.Span{}}
	c.all = append(c.all, started)
	return context.WithValue(ctx, clockKey{}, started)
}

// span is the time in which comparisons of these numbers, made in any of the evaluations, keep their answers.
func (c *clocks) span(numbers []int) engine.Span {
	span := engine.Always
	for _, clock := range c.all {
		for _, number := range numbers {
			if noted, turns := clock.spans[number]; turns {
				span = span.And(noted)
			}
		}
	}
	return span
}

// keptInput keeps what parts of an input are to OPA, for inputs that share most of them.
type keptInput struct {
	mutex sync.Mutex
	names fields
	parts map[string]keptPart
}

type keptPart struct {
	plain   any
	value   ast.Value
	records int
	below   map[string]keptPart // of an object, by its fields
}

// records counts the items of the lists of the last input.
func (k *keptInput) records() (n int) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	for _, part := range k.parts {
		n += part.records
	}
	return n
}

func (k *keptInput) object(plain map[string]any) (ast.Object, error) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	object := ast.NewObject()
	for name, part := range plain {
		kept, err := k.part(name, part)
		if err != nil {
			return nil, err
		}
		object.Insert(ast.StringTerm(name), ast.NewTerm(kept.value))
	}
	return object, nil
}

// part is what a field at the top of the input is to OPA. Where it is an object that is not the one before, fields of it still may be.
func (k *keptInput) part(name string, plain any) (keptPart, error) {
	kept, isKept := k.parts[name]
	if isKept && recall.Same(kept.plain, plain) {
		return kept, nil
	}
	kept = keptPart{plain: plain, records: records(plain)}
	fields, isObject := plain.(map[string]any)
	if !isObject {
		value, err := k.names.value(plain)
		if err == nil {
			kept.value = value
			k.parts[name] = kept
		}
		return kept, err
	}
	before := k.parts[name].below
	kept.below = make(map[string]keptPart, len(fields))
	object := ast.NewObject()
	for field, below := range fields {
		part, isKept := before[field]
		if !isKept || !recall.Same(part.plain, below) {
			value, err := k.names.value(below)
			if err != nil {
				return kept, err
			}
			part = keptPart{plain: below, value: value}
		}
		kept.below[field] = part
		object.Insert(ast.StringTerm(field), ast.NewTerm(part.value))
	}
	kept.value = object
	k.parts[name] = kept
	return kept, nil
}

// timed evaluates for one service at several times.
type timed struct {
	*local
	*dependences
	kept keptInput

	pieces map[string]divided // by check
	whole  map[string]bool    // checks that are not to be divided
}

// Timed answers an evaluator whose outcomes have spans, for the inputs of one service at several times.
func (l *local) Timed() (engine.CheckEvaluator, engine.Reads, error) {
	d, err := l.dependences()
	if err != nil {
		return nil, nil, err
	}
	t := &timed{local: l, dependences: d, pieces: map[string]divided{}, whole: map[string]bool{}}
	t.kept.names, t.kept.parts = fields{}, map[string]keptPart{}
	return t, d.reads, nil
}

func (t *timed) Evaluate(ctx context.Context, plain map[string]any, packages []string) ([]engine.Outcome, error) {
	queries := make([]*Query, len(packages))
	for i, name := range packages {
		queries[i] = t.packages[name]
	}
	return t.evaluate(ctx, plain, queries, func(i int) map[string]comparedTimes { return t.times[packages[i]] })
}

// EvaluateChecks is for one evaluation at a time.
func (t *timed) EvaluateChecks(ctx context.Context, plain map[string]any, checks []string) ([]engine.Outcome, error) {
	outcomes := make([]engine.Outcome, len(checks))
	var queries []*Query
	var wholes []int // indexes
	for i, name := range checks {
		outcome, isDivided, err := t.inPieces(ctx, plain, name)
		if err != nil {
			return nil, err
		}
		if isDivided {
			outcomes[i] = outcome
			continue
		}
		query, err := t.check(name)
		if err != nil {
			return nil, err
		}
		queries, wholes = append(queries, query), append(wholes, i)
	}
	if len(wholes) == 0 {
		return outcomes, nil
	}
	answers, err := t.evaluate(ctx, plain, queries, func(i int) map[string]comparedTimes {
		duty, check, _ := strings.Cut(checks[wholes[i]], ".findings.")
		return map[string]comparedTimes{check: t.times[duty][check]}
	})
	if err != nil {
		return nil, err
	}
	for k, i := range wholes {
		outcomes[i] = answers[k]
	}
	return outcomes, nil
}

func (t *timed) evaluate(ctx context.Context, plain map[string]any, queries []*Query, times func(int) map[string]comparedTimes) ([]engine.Outcome, error) {
	text, _ := plain[atField].(string)
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return t.local.evaluate(ctx, plain, queries, nil)
	}
	noting := &clocks{at: at.UnixNano(), kept: &t.kept}
	outcomes, err := t.local.evaluate(ctx, plain, queries, noting)
	if err != nil {
		return nil, err
	}
	for i := range outcomes {
		if outcomes[i].Err != nil {
			continue
		}
		outcomes[i].Spans = map[string]engine.Span{}
		for check, compared := range times(i) {
			if compared.otherwise {
				outcomes[i].Spans[check] = engine.Only(noting.at)
			} else {
				outcomes[i].Spans[check] = noting.span(compared.numbers)
			}
		}
	}
	return outcomes, nil
}
