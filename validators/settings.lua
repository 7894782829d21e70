-- Drives Neovim with the settings that it was started with. It is run in the folder, a copy of evidence/gaps, with the variable SECONDS.
-- Each answer is a line of JSON on standard output. It ends with an error at the first thing that does not come.
local patience = tonumber(vim.env.SECONDS) * 1000

local function say(what, value)
  io.stdout:write(vim.fn.json_encode({ what = what, value = value }) .. '\n')
end

local function fail(message)
  io.stdout:write(vim.fn.json_encode({ what = 'error', value = message }) .. '\n')
  vim.cmd('cquit')
end

local function diagnostics()
  local all = {}
  for _, each in ipairs(vim.diagnostic.get(0)) do
    local line = vim.api.nvim_buf_get_lines(0, each.lnum, each.lnum + 1, false)[1]
    local text = each.end_lnum == each.lnum and line:sub(each.col + 1, each.end_col) or line:sub(each.col + 1)
    local lsp = (each.user_data or {}).lsp or {}
    table.insert(all, { code = each.code or lsp.code or '', severity = each.severity, line = each.lnum + 1, column = each.col + 1, text = text, source = each.source })
  end
  return all
end

local function has(code)
  for _, each in ipairs(diagnostics()) do
    if each.code == code then return each end
  end
end

local function wait(what, fits)
  if not vim.wait(patience, fits, 20) then
    fail(what .. ' did not come; the diagnostics are ' .. vim.fn.json_encode(diagnostics()))
  end
end

local function ask(method, params)
  for _, answer in pairs(vim.lsp.buf_request_sync(0, method, params, patience) or {}) do
    if answer.err then fail(method .. ': ' .. answer.err.message) end
    if answer.result then return answer.result end
  end
end

local function drive()
  vim.cmd('edit network.yaml')
  wait('the finding', function() return has('network_access.ranges_narrow') end)
  say('opened', diagnostics())

  -- Half a line is typed, then the rest: the finding goes before the file is saved.
  local wide = has('network_access.ranges_narrow')
  local row, column = wide.line - 1, wide.column - 1
  vim.api.nvim_win_set_cursor(0, { wide.line, column })
  local hover = ask('textDocument/hover', vim.lsp.util.make_position_params(0, 'utf-16'))
  say('hover', hover and hover.contents.value or '')
  vim.api.nvim_buf_set_text(0, row, column, row, column + #wide.text, { '"198.51' })
  vim.api.nvim_buf_set_text(0, row, column + 7, row, column + 7, { '.100.7/32"' })
  wait('the text with a narrow range', function() return has('network_access.tls_verified') and not has('network_access.ranges_narrow') end)
  say('edited', diagnostics())

  -- The action that needs a file asks for it, as the settings say, and puts its digest into the text.
  local first = vim.fn.search('^    artifact:', 'nw') - 1
  vim.api.nvim_buf_set_lines(0, first, first + 3, false, {})
  vim.wait(500)
  wait('the text without an artifact', function() return has('network_access.tls_verified') end)
  local unverified = has('network_access.tls_verified')
  local place = { line = unverified.line - 1, character = unverified.column - 1 }
  local attach
  wait('an action to attach a file', function()
    local actions = ask('textDocument/codeAction', {
      textDocument = vim.lsp.util.make_text_document_params(), range = { start = place, ['end'] = place }, context = { diagnostics = {} },
    })
    for _, action in ipairs(actions or {}) do
      if type(action.command) == 'table' and action.command.command == 'raci-check.attach' then attach = action.command end
    end
    return attach
  end)
  local asked
  vim.ui.input = function(options, take)
    asked = options.prompt
    take('../probe.csv')
  end
  local id = vim.lsp.get_clients and vim.lsp.get_clients({ bufnr = 0 })[1].id or next(vim.lsp.buf_get_clients(0)) -- before 0.10
  vim.lsp.commands['raci-check.attach'](attach, { client_id = id, bufnr = 0 })
  wait('the artifact in the text', function() return vim.fn.search('probe.csv', 'nw') > 0 end)
  say('attached', { asked = asked, line = vim.fn.getline(vim.fn.search('probe.csv', 'nw')) })
end

local done, message = pcall(drive)
if not done then fail(message) end
vim.cmd('qall!')
