-- Drives the language server in Neovim without a screen:
--   RACI_CHECK=PROGRAM FOLDER=… nvim --headless --clean -c 'luafile editor.lua'
-- The folder is a copy of evidence/gaps. It quits with an error at the first thing that is not as expected.
local patience = tonumber(vim.env.PATIENCE or 60000) -- milliseconds

local function fail(text)
  io.stderr:write(text .. '\n')
  vim.cmd('cquit 1')
end

local function check(what, fits)
  if not vim.wait(patience, fits, 20) then
    fail(what .. ': ' .. vim.inspect(vim.diagnostic.get(0)))
  end
end

local function codes()
  local set = {}
  for _, diagnostic in ipairs(vim.diagnostic.get(0)) do
    local lsp = diagnostic.user_data and diagnostic.user_data.lsp or {}
    set[diagnostic.code or lsp.code or 'none'] = diagnostic
  end
  return set
end

local function replace(old, new)
  for i, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, true)) do
    local from, to = line:find(old, 1, true)
    if from then
      vim.api.nvim_buf_set_text(0, i - 1, from - 1, i - 1, to, { new })
      return
    end
  end
  fail('the file has no ' .. old)
end

local ok, problem = pcall(function()
  vim.cmd('edit ' .. vim.fn.fnameescape(vim.env.FOLDER .. '/network.yaml'))
  local ended
  local client = vim.lsp.start_client({
    name = 'raci_check', root_dir = vim.env.FOLDER,
    cmd = { vim.env.RACI_CHECK, 'lsp', '--at', '2026-11-20', '--allow-past-at' },
    on_exit = function(code) ended = code end,
  })
  vim.lsp.buf_attach_client(0, client)
  local narrow = 'network_access.ranges_narrow'
  check('the range is too wide', function() return codes()[narrow] end)
  local wide = codes()[narrow]
  local line = vim.api.nvim_buf_get_lines(0, wide.lnum, wide.lnum + 1, true)[1]
  local marked = line:sub(wide.col + 1, wide.end_col)
  if marked ~= '"0.0.0.0/0"' then fail('marked is ' .. marked) end
  replace('"0.0.0.0/0"', '"198.51.100.7/32"')
  check('the text that is not saved has a narrow range', function() return next(codes()) and not codes()[narrow] end)
  replace('allow_list:', 'allow_list: [')
  check('only the syntax error is left', function() local all = codes() return all.none and not all['network_access.tls_verified'] end)
  replace('allow_list: [', 'allow_list:')
  check('the verdicts are back', function() return codes()['network_access.tls_verified'] end)
  vim.lsp.stop_client(client)
  check('the server ends', function() return ended end)
  if ended ~= 0 then fail('the exit code is ' .. ended) end
end)
if not ok then fail(problem) end
vim.cmd('qall!')
