-- The whole way of messages, ten at a time: SendMessageBatch, ReceiveMessage, DeleteMessageBatch of what was received. A message counts when it is deleted.
dofile("sqs-protocols.lua")

local threads = {}

function setup(thread) table.insert(threads, thread) end

function init(args)
    protocol = protocol_of(args)
    received, first, last = {}, 1, 0
    turn, deleted, refused = 0, 0, 0
end

-- What was received goes first; sends and receives take turns.
function request()
    if last - first >= 9 then
        first = first + 10
        return protocol.delete_ten(function(i)
            local handle = received[first - 11 + i]
            received[first - 11 + i] = nil
            return handle
        end)
    end
    turn = turn + 1
    return turn % 2 == 1 and protocol.send_ten or protocol.receive_ten
end

-- Answers of a thread's connections come in any order, so what one answers is told from the answer itself.
function response(status, _, body)
    if status ~= 200 then
        refused = refused + 1
        return
    end
    local has_handles = false
    for handle in body:gmatch(protocol.handles) do
        has_handles = true
        last = last + 1
        received[last] = handle
    end
    if not has_handles and not body:find("MD5OfMessageBody", 1, true) then
        local _, count = body:gsub(protocol.deleted, "")
        deleted = deleted + count
    end
end

function done(summary, latency)
    local sum, failed = 0, 0
    for _, thread in ipairs(threads) do
        sum, failed = sum + thread:get("deleted"), failed + thread:get("refused")
    end
    print_figures(sum, summary, latency, failed)
end
