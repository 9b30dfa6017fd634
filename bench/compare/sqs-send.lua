-- SendMessage of 1 KiB. Third argument: milliseconds to wait before each request.
dofile("sqs-protocols.lua")

local threads = {}

function setup(thread) table.insert(threads, thread) end

function init(args)
    send, pause, refused = protocol_of(args).send, tonumber(args[3] or "0"), 0
end

function request() return send end

function delay() return pause end

function response(status) if status ~= 200 then refused = refused + 1 end end

function done(summary, latency)
    local failed = 0
    for _, thread in ipairs(threads) do failed = failed + thread:get("refused") end
    print_figures(summary.requests, summary, latency, failed)
end
