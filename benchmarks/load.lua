-- One kind of request, over and over, for wrk. What differs comes from the environment (load.py); a
-- `{n}` in the path or the body becomes a random number of the range, `{code}` in the body the code of the
-- attendee of that number (world.py), `{nonce}` a new UUID.

local method = os.getenv("LOAD_METHOD")
local path = os.getenv("LOAD_PATH")
local body = os.getenv("LOAD_BODY")
local first, last = tonumber(os.getenv("LOAD_FIRST")), tonumber(os.getenv("LOAD_LAST"))
local key = os.getenv("LOAD_KEY")
local threads = {}

function setup(thread)
  table.insert(threads, thread)
  thread:set("number", #threads)
end

function init()
  math.randomseed(tonumber(os.getenv("LOAD_SEED")) + number)
  sent = 0
  statuses = {}
  headers = {["Content-Type"] = os.getenv("LOAD_TYPE")}
  local token = os.getenv("LOAD_TOKEN")
  if token ~= "" then headers["Authorization"] = "Bearer " .. token end
end

local letters = "BCDFGHJKLNPRSTVX"

local function code_of(n)
  local number, code = n * 2654435761 % 4294967296, ""
  for _ = 1, 8 do
    local digit = number % 16
    code = letters:sub(digit + 1, digit + 1) .. code
    number = (number - digit) / 16
  end
  return code .. "BCDFGHJKLNPR"
end

local function nonce()
  local draw = math.random
  return string.format("%04x%04x-%04x-4%03x-8%03x-%04x%04x%04x", draw(0, 65535), draw(0, 65535), draw(0, 65535),
    draw(0, 4095), draw(0, 4095), draw(0, 65535), draw(0, 65535), draw(0, 65535))
end

function request()
  sent = sent + 1
  local drawn = math.random(first, last)
  local n = string.format("%d", drawn)
  headers["Idempotency-Key"] = key .. "-" .. number .. "-" .. sent
  local content = nil
  if body ~= "" then content = (body:gsub("{n}", n):gsub("{code}", code_of(drawn)):gsub("{nonce}", nonce())) end
  return wrk.format(method, (path:gsub("{n}", n)), headers, content)
end

function response(status)
  local name = tostring(status)
  statuses[name] = (statuses[name] or 0) + 1
end

function done(summary, latency)
  local all = {}
  for _, thread in ipairs(threads) do
    for status, count in pairs(thread:get("statuses")) do
      all[status] = (all[status] or 0) + count
    end
  end
  local counted = {}
  for status, count in pairs(all) do
    table.insert(counted, string.format('"%s": %d', status, count))
  end
  local lost = summary.errors
  io.write(string.format(
    '\nRESULT {"seconds": %f, "p50": %f, "p99": %f, "lost": %d, "statuses": {%s}}\n',
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    lost.connect + lost.read + lost.write + lost.timeout, table.concat(counted, ", ")))
end
