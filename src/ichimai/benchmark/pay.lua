-- Payments, or purchases, for wrk: each with an id of its own, a random card, till and amount.
-- BENCH_CARDS and BENCH_TILLS name files with one code or token a line, BENCH_PATH the address.
local function lines(name)
  local found = {}
  for line in io.lines(os.getenv(name)) do found[#found + 1] = line end
  return found
end

local cards, tills = lines("BENCH_CARDS"), lines("BENCH_TILLS")
local path = os.getenv("BENCH_PATH")
local shapes = {
  ["/api/v1/payments"] = '{"id":"%s","credential":"%s","amount":%d,"confirm_repeat":true}',
  ["/api/v1/purchases"] = '{"id":"%s","credential":"%s","total_yen":%d,"confirm_repeat":true}',
}
local sent, salt, base = 0, 0, os.time() * 1000

function init()
  math.randomseed(os.time())
  salt = math.random(0, 0xfffffff)
end

function request()
  sent = sent + 1
  local ms = base + math.floor(sent / 8)
  local id = string.format("%08x-%04x-7%03x-8%03x-%012x", math.floor(ms / 65536), ms % 65536,
    sent % 4096, math.random(0, 4095), salt * 1048576 + sent % 1048576)
  local body = string.format(shapes[path], id, cards[math.random(#cards)], math.random(1, 900))
  local headers = {
    ["Authorization"] = "Bearer " .. tills[math.random(#tills)],
    ["Content-Type"] = "application/json",
  }
  return wrk.format("POST", path, headers, body)
end

function done(summary, latency)
  local seconds = summary.duration / 1e6
  io.write(string.format("RESULT %.1f %.3f %.3f %d\n", summary.requests / seconds,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
