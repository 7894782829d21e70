package rego

import (
	"context"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Query asks for the value of a term; it is compiled once and evaluated often. OPA's own interface for that, v1/rego, links a compiler to
// WebAssembly into the program as well.
type Query struct {
	compiler *ast.Compiler
	prepared ast.QueryCompiler
	body     ast.Body
	store    storage.Store
	builtins map[string]*topdown.Builtin
}

// answer is the variable that is bound to the value.
const answer = ast.Var("__answer__")

// NewQuery compiles a query for the value of a term under some settings (with … as …), as it is written in the package and below the imports of
// a context; nil for names that are written in full.
func NewQuery(compiler *ast.Compiler, store storage.Store, term *ast.Term, settings []*ast.With, written *ast.QueryContext) (*Query, error) {
	expr := ast.Equality.Expr(term, ast.NewTerm(answer))
	expr.With = settings
	if written == nil {
		written = ast.NewQueryContext()
	}
	q := &Query{compiler: compiler, store: store, prepared: compiler.QueryCompiler().WithContext(written)}
	var err error
	q.body, err = q.prepared.Compile(ast.NewBody(expr))
	return q, err
}

// Eval evaluates the query; how says on which input and what is watched meanwhile. The value is nil where it is undefined.
func (q *Query) Eval(ctx context.Context, how func(*topdown.Query)) (value any, isDefined bool, err error) {
	txn, err := q.store.NewTransaction(ctx)
	if err != nil {
		return nil, false, err
	}
	defer q.store.Abort(ctx, txn)
	cancel := topdown.NewCancel()
	defer context.AfterFunc(ctx, cancel.Cancel)()
	query := topdown.NewQuery(q.body).WithQueryCompiler(q.prepared).WithCompiler(q.compiler).WithStore(q.store).WithTransaction(txn).
		WithBuiltins(q.builtins).WithCancel(cancel)
	how(query)
	err = query.Iter(ctx, func(result topdown.QueryResult) error {
		isDefined = true
		value, err = ast.JSON(result[answer].Value)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	return value, isDefined, nil
}
