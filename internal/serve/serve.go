// Package serve shows an evidence folder as pages of this machine, for people who do not write YAML: what each section has as a form,
// and the verdicts beside its fields. It decides nothing: forms are made of the schema, verdicts come from the assessment, and what is
// saved is written by others.
package serve

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"time"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/serve/guard"
	"github.com/raci-check/raci-check/internal/translate"
)

// Options say what is shown, and how it is assessed.
type Options struct {
	Folder    string
	Rules     func() (ruleset.Ruleset, error)
	RuleFiles []string // see workspace.Workspace
	Assess    assess.Options
	At        func() time.Time
	Port      int // 0 for a free one
	ReadOnly  bool
	Lock      safefile.Locker       // of the folder, while something is written
	Shipped   fs.FS                 // the mappings that the program contains
	Language  *translate.Translator // what the pages are written in; nil for English
}

// How long a browser may take, so that none holds on to what others need.
const (
	headerTime = 10 * time.Second
	bodyTime   = 2 * time.Minute
	answerTime = 5 * time.Minute
	idleTime   = 2 * time.Minute
	endTime    = 3 * time.Second
	headerSize = 64 << 10 // bytes
)

// Run shows the pages until the context ends. announce is told the address to open.
func Run(ctx context.Context, o Options, announce func(url string) error) error {
	site, err := open(o)
	if err != nil {
		return err
	}
	defer site.close()
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp4", fmt.Sprintf("127.0.0.1:%d", o.Port))
	if err != nil {
		return fmt.Errorf("listen on 127.0.0.1: %w; choose another --port, or leave it out", err)
	}
	address, isTCP := listener.Addr().(*net.TCPAddr)
	if !isTCP {
		return errors.Join(fmt.Errorf("listen on 127.0.0.1: %s is no port", listener.Addr()), listener.Close())
	}
	site.guard = guard.New(address.Port)
	site.guard.Say = o.Language.Text
	server := &http.Server{
		Handler: site.guard.Handler(site.pages()), ReadHeaderTimeout: headerTime, ReadTimeout: bodyTime, WriteTimeout: answerTime,
		IdleTimeout: idleTime, MaxHeaderBytes: headerSize, BaseContext: func(net.Listener) context.Context { return ctx },
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	if err := announce(site.guard.URL()); err != nil {
		return errors.Join(err, server.Close())
	}
	select {
	case err := <-ended:
		return fmt.Errorf("serve pages: %w", err)
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	if err := server.Shutdown(last); err != nil { // a browser that still reads does not keep the program
		return errors.Join(server.Close(), ignoreDeadline(err))
	}
	return nil
}

func ignoreDeadline(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return fmt.Errorf("end the pages: %w", err)
}
