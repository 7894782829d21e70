package lsp

import (
	"encoding/json"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// conversation is a stream that begins and ends in good order, whether or not the client waits for the answers: requests are handled
// side by side, but what follows initialize is heard only when that is answered, and shutdown, exit
// and the end of the input when all before them is. After the
// end nothing more comes: the library must not be stopped while it may read on.
type conversation struct {
	*stream
	closed *atomic.Bool
	begins bool // the last message was initialize

	mutex    sync.Mutex
	due      map[string]bool // requests that are not answered, by id
	answered chan struct{}   // has something in it after an answer
}

// grace is how long answers are waited for: one may depend on what the client says next.
const grace = 2 * time.Second

// head is what says what a message is.
type head struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
}

func (c *conversation) Recv() ([]byte, error) {
	message, err := c.stream.Recv()
	switch {
	case errors.Is(err, io.EOF):
		c.wait()
		return nil, err
	case err != nil:
		return nil, err
	case c.closed.Load():
		return nil, io.EOF
	}
	h := headOfMessage(message)
	if c.begins || h.Method == "shutdown" || h.Method == "exit" {
		c.wait()
	}
	c.begins = h.Method == "initialize"
	if h.Method != "" && h.ID != nil {
		c.mutex.Lock()
		c.due[string(h.ID)] = true
		c.mutex.Unlock()
	}
	return message, nil
}

func (c *conversation) Send(message []byte) error {
	err := c.stream.Send(message)
	if h := headOfMessage(message); h.Method == "" && h.ID != nil {
		c.mutex.Lock()
		delete(c.due, string(h.ID))
		c.mutex.Unlock()
		select {
		case c.answered <- struct{}{}:
		default:
		}
	}
	return err
}

// headOfMessage is nothing where a message is none; the library says so.
func headOfMessage(message []byte) (h head) {
	if json.Unmarshal(message, &h) != nil {
		return head{}
	}
	if string(h.ID) == "null" {
		h.ID = nil
	}
	return h
}

// wait waits until all is answered, for a while.
func (c *conversation) wait() {
	for patient := time.After(grace); ; {
		c.mutex.Lock()
		open := len(c.due)
		c.mutex.Unlock()
		if open == 0 {
			return
		}
		select {
		case <-c.answered:
		case <-patient:
			return
		}
	}
}
