package lsp

import (
	"encoding/json"
	"fmt"
)

// The types of the Language Server Protocol 3.17 that are used here, with the fields that are used:
// https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/

// position is a place in a text, both counted from 0, characters in the units that client and server agreed on.
type position struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

// extent is a Range; the end is behind its last character.
type extent struct {
	Start position `json:"start"`
	End   position `json:"end"`
}

type location struct {
	URI   string `json:"uri"`
	Range extent `json:"range"`
}

// The error codes of the protocol beside those of JSON-RPC.
const (
	notInitialized   = -32002
	contentModified  = -32801
	requestFailed    = -32803
	requestCancelled = -32800
)

// folderOfClient is a WorkspaceFolder.
type folderOfClient struct {
	URI string `json:"uri"`
}

type initializeParams struct {
	RootURI      string             `json:"rootUri"`
	Folders      []folderOfClient   `json:"workspaceFolders"`
	Capabilities clientCapabilities `json:"capabilities"`
	Options      json.RawMessage    `json:"initializationOptions"`
}

// ownOptions are what a client tells this server in particular.
type ownOptions struct {
	// Attach says that the client asks a person for a file before it sends the command to attach it.
	Attach bool `json:"attach"`
}

type clientCapabilities struct {
	General struct {
		PositionEncodings []encoding `json:"positionEncodings"`
	} `json:"general"`
	Workspace struct {
		ApplyEdit     bool `json:"applyEdit"`
		WorkspaceEdit struct {
			DocumentChanges    bool     `json:"documentChanges"`
			ResourceOperations []string `json:"resourceOperations"`
		} `json:"workspaceEdit"`
		InlayHint struct {
			RefreshSupport bool `json:"refreshSupport"`
		} `json:"inlayHint"`
	} `json:"workspace"`
	TextDocument struct {
		Hover struct {
			ContentFormat []string `json:"contentFormat"`
		} `json:"hover"`
		Completion struct {
			Item struct {
				DocumentationFormat []string `json:"documentationFormat"`
			} `json:"completionItem"`
		} `json:"completion"`
	} `json:"textDocument"`
}

type initializeResult struct {
	Capabilities serverCapabilities `json:"capabilities"`
	Server       serverInfo         `json:"serverInfo"`
}

type serverInfo struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type serverCapabilities struct {
	PositionEncoding encoding          `json:"positionEncoding"`
	Sync             syncOptions       `json:"textDocumentSync"`
	Hover            bool              `json:"hoverProvider"`
	Completion       completionOptions `json:"completionProvider"`
	Definition       bool              `json:"definitionProvider"`
	References       bool              `json:"referencesProvider"`
	Rename           renameOptions     `json:"renameProvider"`
	CodeAction       codeActionOptions `json:"codeActionProvider"`
	InlayHint        bool              `json:"inlayHintProvider"`
	Command          commandOptions    `json:"executeCommandProvider"`
	Workspace        workspaceOptions  `json:"workspace"`
}

// incremental is the kind of synchronisation in which the client sends what changed, or the whole text.
const incremental = 2

type syncOptions struct {
	OpenClose bool `json:"openClose"`
	Change    int  `json:"change"`
	Save      bool `json:"save"`
}

type completionOptions struct {
	TriggerCharacters []string `json:"triggerCharacters"`
}

type renameOptions struct {
	Prepare bool `json:"prepareProvider"`
}

type codeActionOptions struct {
	Kinds []string `json:"codeActionKinds"`
}

type commandOptions struct {
	Commands []string `json:"commands"`
}

type workspaceOptions struct {
	Folders struct {
		Supported bool `json:"supported"`
		Changes   bool `json:"changeNotifications"`
	} `json:"workspaceFolders"`
}

// identifier is a TextDocumentIdentifier; with a version it is the versioned one.
type identifier struct {
	URI     string `json:"uri"`
	Version *int   `json:"version"`
}

type didOpenParams struct {
	Document struct {
		URI     string `json:"uri"`
		Version int    `json:"version"`
		Text    string `json:"text"`
	} `json:"textDocument"`
}

// contentChange is a change of a part of a text, or of all of it where there is no range.
type contentChange struct {
	Range *extent `json:"range"`
	Text  string  `json:"text"`
}

type didChangeParams struct {
	Document struct {
		URI     string `json:"uri"`
		Version int    `json:"version"`
	} `json:"textDocument"`
	Changes []contentChange `json:"contentChanges"`

	unreadable error // why it is not known what has changed
}

// UnmarshalJSON reads of which document a change is, even where the change itself cannot be read.
func (p *didChangeParams) UnmarshalJSON(raw []byte) error {
	var of documentParams
	if err := json.Unmarshal(raw, &of); err != nil {
		return fmt.Errorf("a change of a text does not say of which: %w", err)
	}
	type plain didChangeParams
	var read plain
	if err := json.Unmarshal(raw, &read); err != nil {
		read.Document.URI, read.Changes, read.unreadable = of.Document.URI, nil, err
	}
	*p = didChangeParams(read)
	return nil
}

// documentParams are the parameters of what is about a whole document.
type documentParams struct {
	Document struct {
		URI string `json:"uri"`
	} `json:"textDocument"`
}

type watchedFilesParams struct {
	Changes []struct {
		URI string `json:"uri"`
	} `json:"changes"`
}

type foldersParams struct {
	Event struct {
		Added   []folderOfClient `json:"added"`
		Removed []folderOfClient `json:"removed"`
	} `json:"event"`
}

type cancelParams struct {
	ID json.RawMessage `json:"id"`
}

// placeParams are the parameters of what is about a place in a document.
type placeParams struct {
	documentParams
	Position position `json:"position"`
	NewName  string   `json:"newName"` // of a rename
	Context  struct {
		Declaration bool `json:"includeDeclaration"`
	} `json:"context"` // of references
}

type rangeParams struct {
	documentParams
	Range   extent `json:"range"`
	Context struct {
		Only []string `json:"only"`
	} `json:"context"` // of code actions
}

type commandParams struct {
	Command   string   `json:"command"`
	Arguments []string `json:"arguments"`
}

// The severities of diagnostics.
const (
	isError       = 1
	isWarning     = 2
	isInformation = 3
)

type diagnostic struct {
	Range       extent           `json:"range"`
	Severity    int              `json:"severity"`
	Code        string           `json:"code,omitempty"`
	Description *codeDescription `json:"codeDescription,omitempty"`
	Source      string           `json:"source"`
	Message     string           `json:"message"`
	Related     []related        `json:"relatedInformation,omitempty"`
	Data        *diagnosticData  `json:"data,omitempty"`
}

type codeDescription struct {
	Href string `json:"href"`
}

type related struct {
	Location location `json:"location"`
	Message  string   `json:"message"`
}

// diagnosticData says what a diagnostic is about: the fact, and the checks that do not pass for it.
type diagnosticData struct {
	Pointer string   `json:"pointer"`
	Check   string   `json:"check"` // the gravest
	Checks  []string `json:"checks"`
}

type publishParams struct {
	URI         string       `json:"uri"`
	Version     *int         `json:"version,omitempty"`
	Diagnostics []diagnostic `json:"diagnostics"`
}

type messageParams struct {
	Type    int    `json:"type"` // as severities
	Message string `json:"message"`
}

type markup struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

type hover struct {
	Contents markup `json:"contents"`
	Range    extent `json:"range"`
}

type textEdit struct {
	Range extent `json:"range"`
	Text  string `json:"newText"`
}

type completionItem struct {
	Label         string   `json:"label"`
	Kind          int      `json:"kind"`
	Detail        string   `json:"detail,omitempty"`
	Documentation *markup  `json:"documentation,omitempty"`
	SortText      string   `json:"sortText"`
	FilterText    string   `json:"filterText"`
	TextEdit      textEdit `json:"textEdit"`
}

type completionList struct {
	Incomplete bool             `json:"isIncomplete"`
	Items      []completionItem `json:"items"`
}

type renameRange struct {
	Range       extent `json:"range"`
	Placeholder string `json:"placeholder"`
}

// workspaceEdit has its edits in one of two forms.
type workspaceEdit struct {
	Changes         map[string][]textEdit `json:"changes,omitempty"`
	DocumentChanges []any                 `json:"documentChanges,omitempty"` // documentEdit and createFile
}

type documentEdit struct {
	Document identifier `json:"textDocument"`
	Edits    []textEdit `json:"edits"`
}

type createFile struct {
	Kind string `json:"kind"` // create
	URI  string `json:"uri"`
}

type codeAction struct {
	Title       string         `json:"title"`
	Kind        string         `json:"kind"`
	Diagnostics []diagnostic   `json:"diagnostics,omitempty"`
	Edit        *workspaceEdit `json:"edit,omitempty"`
	Command     *command       `json:"command,omitempty"`
}

type command struct {
	Title     string   `json:"title"`
	Command   string   `json:"command"`
	Arguments []string `json:"arguments"`
}

type applyEditParams struct {
	Label string        `json:"label"`
	Edit  workspaceEdit `json:"edit"`
}

type applyEditResult struct {
	Applied bool   `json:"applied"`
	Reason  string `json:"failureReason"`
}

type inlayHint struct {
	Position    position `json:"position"`
	Label       string   `json:"label"`
	Tooltip     string   `json:"tooltip,omitempty"`
	PaddingLeft bool     `json:"paddingLeft"`
}
