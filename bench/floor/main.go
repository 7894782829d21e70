//go:build developer

// Command floor does for each evidence file of a folder the least that an assessment by these policies can: it reads the YAML
// into nodes, and evaluates one prepared query for the findings of all duties, on an input that is made once. Nothing is
// validated, nothing placed, nothing reported. bench/compare compares raci-check with it.
//
//	go run -tags developer ./bench/floor FOLDER
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"golang.org/x/sync/errgroup"
	"gopkg.in/yaml.v3"

	"github.com/raci-check/raci-check/bench/internal/lab"
)

func main() {
	debug.SetGCPercent(-1) // as raci-check has it
	debug.SetMemoryLimit(512 << 20)
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: floor FOLDER")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "floor:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, folder string) error {
	in, err := lab.Load()
	if err != nil {
		return err
	}
	query, err := prepare(ctx, in)
	if err != nil {
		return err
	}
	input, err := ast.InterfaceToValue(in.Input)
	if err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		return err
	}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, file := range files {
		group.Go(func() error { return judge(ctx, query, input, file) })
	}
	return group.Wait()
}

// prepare makes one query of all duties: what they share is then evaluated once a file.
func prepare(ctx context.Context, in *lab.Inputs) (rego.PreparedEvalQuery, error) {
	var queries []string
	for _, duty := range in.Policies.Duties {
		queries = append(queries, "data."+in.Policies.Root+"."+duty.Name+".findings")
	}
	compiler := ast.NewCompiler()
	if compiler.Compile(in.Policies.Modules); compiler.Failed() {
		return rego.PreparedEvalQuery{}, compiler.Errors
	}
	return rego.New(
		rego.Query("findings := ["+strings.Join(queries, ", ")+"]"),
		rego.Compiler(compiler),
		rego.Store(inmem.NewFromObjectWithOpts(in.Data, inmem.OptReturnASTValuesOnRead(true))),
		rego.StrictBuiltinErrors(true),
	).PrepareForEval(ctx)
}

func judge(ctx context.Context, query rego.PreparedEvalQuery, input ast.Value, file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var nodes yaml.Node
	if err := yaml.Unmarshal(content, &nodes); err != nil {
		return err
	}
	results, err := query.Eval(ctx, rego.EvalParsedInput(input))
	if err == nil && len(results) != 1 {
		err = errors.New("the result is undefined")
	}
	return err
}
