using Posthorn.Protocols.Schedules;
using Posthorn.Protocols.Smtp;
using Posthorn.Server.Deliver.Outgoing;
using Posthorn.Server.Deliver.Outgoing.Dispatch;
using Posthorn.Server.Deliver.Outgoing.Resolving;
using Posthorn.Server.Deliver.Rates;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Deliver.Outgoing;

/// <summary>Whose turn it is, without any I/O.</summary>
public sealed class DispatchTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 21, 8, 0, 0, TimeSpan.Zero);

    private readonly HashSet<string> _suspended = [];
    private OutgoingOptions _options = new() { Schedule = RetrySchedule.Parse("10m") };

    [Fact]
    public void Success_raises_the_limit_by_one_a_round_and_failure_lowers_it_at_once()
    {
        var feedback = new ConcurrencyFeedback(5, 8);
        Limits(feedback, 4, f => f.Succeeded()).ShouldBe([5, 5, 5, 5]);
        Limits(feedback, 1, f => f.Succeeded()).ShouldBe([6]);
        Limits(feedback, 40, f => f.Succeeded())[^1].ShouldBe(8);
        Limits(feedback, 2, f => f.Failed()).ShouldBe([7, 6]);
        feedback.IsDead.ShouldBeFalse();
    }

    [Fact]
    public void A_round_of_failures_is_death_and_one_success_in_between_is_life()
    {
        var feedback = new ConcurrencyFeedback(5, 20);
        for (var i = 0; i < 3; i++)
            feedback.Failed();
        feedback.Succeeded();
        for (var i = 0; i < 1; i++)
            feedback.Failed();
        feedback.IsDead.ShouldBeFalse();
        var dying = new ConcurrencyFeedback(5, 20);
        var failures = 0;
        for (; !dying.IsDead; failures++)
            dying.Failed();
        failures.ShouldBe(4);
        dying.Revive();
        (dying.Limit, dying.IsDead, dying.Deaths).ShouldBe((1, false, 1));
        dying.Failed();
        (dying.IsDead, dying.Deaths).ShouldBe((true, 2));
        dying.Revive();
        Limits(dying, 3, f => f.Succeeded()).ShouldBe([2, 2, 3]);
        dying.Deaths.ShouldBe(0);
    }

    [Theory]
    [InlineData(60, 60, 1)]
    [InlineData(1000, 60, 16)]
    [InlineData(10, 1, 10)]
    [InlineData(1, 3600, 1)]
    public void A_rate_gives_one_seconds_worth_at_once_and_then_its_share(int messages, int seconds, int burst)
    {
        var rate = new RateLimiter(new DeliveryRate(messages, TimeSpan.FromSeconds(seconds)));
        rate.Take(10_000, s_now).ShouldBe(burst);
        rate.Take(1, s_now).ShouldBe(0);
        rate.NextAt.ShouldBeGreaterThan(s_now);
        rate.Take(10_000, s_now + TimeSpan.FromSeconds(seconds)).ShouldBeInRange(burst, messages + 1);
        var taken = 0;
        for (var t = 2.0 * seconds; t < 12 * seconds; t += 0.1)
            taken += rate.Take(10_000, s_now + TimeSpan.FromSeconds(t));
        taken.ShouldBeInRange(10 * messages - burst - 1, 10 * messages + burst);
    }

    [Fact]
    public void Rights_given_back_can_be_taken_again()
    {
        var rate = new RateLimiter(new DeliveryRate(10, TimeSpan.FromSeconds(1)));
        rate.Take(10, s_now).ShouldBe(10);
        rate.GiveBack(4);
        rate.Take(10, s_now).ShouldBe(4);
    }

    [Fact]
    public void New_mail_goes_before_retries_and_groups_take_turns()
    {
        _options = _options with { PerDestination = new DestinationOptions { InitialConnections = 20 } };
        var board = Board();
        var destination = To(board, "a");
        foreach (var group in new[] { "late.test 3", "again.test 2", "new.test", "other.test" })
            board.Add(destination, OutgoingGroup.Parse(group));
        Started(board).ShouldBe(["new.test", "other.test", "again.test 2", "late.test 3"]);
    }

    [Fact]
    public void A_group_that_has_more_goes_behind_the_others()
    {
        var board = Board();
        var destination = To(board, "a");
        board.Add(destination, OutgoingGroup.Parse("one.test"));
        board.Add(destination, OutgoingGroup.Parse("two.test"));
        board.TryStart(s_now, out _, out var first).ShouldBeTrue();
        board.Add(destination, first);
        board.Add(destination, first);
        Started(board).ShouldBe(["two.test", "one.test"]);
    }

    [Fact]
    public void A_destination_has_no_more_couriers_than_its_limit()
    {
        var board = Board();
        var destination = To(board, "a");
        for (var i = 0; i < 9; i++)
            board.Add(destination, OutgoingGroup.Parse($"d{i}.test"));
        Started(board).Count.ShouldBe(5);
        board.End(destination, DeliveryLane.First);
        Started(board).Count.ShouldBe(1);
    }

    [Fact]
    public void Slots_of_a_lane_go_round_in_the_order_of_asking()
    {
        _options = _options with { Concurrency = new ConcurrencyOptions { FirstAttempt = 2 } };
        var board = Board();
        var destinations = "abcd".Select(c => To(board, c.ToString())).ToList();
        foreach (var destination in destinations)
        {
            for (var i = 0; i < 3; i++)
                board.Add(destination, OutgoingGroup.Parse($"{destination.Name}{i}.test"));
        }

        var turns = new List<string>();
        var working = new Queue<(Destination, OutgoingGroup)>();
        void Pump()
        {
            while (board.TryStart(s_now, out var d, out var g))
            {
                working.Enqueue((d, g));
                turns.Add(g.Domain[..1]);
            }
        }

        Pump();
        working.Count.ShouldBe(2);
        while (working.TryDequeue(out var done))
        {
            // A courier that goes on must not keep the slot from those who wait for it.
            if (board.TryContinue(done.Item1, done.Item2.Lane, s_now, out var next))
            {
                working.Enqueue((done.Item1, next));
                turns.Add(next.Domain[..1]);
            }

            Pump();
            working.Count.ShouldBeLessThanOrEqualTo(2);
        }

        turns.Count.ShouldBe(12);
        // Nobody has a second turn before everyone had one.
        turns.Take(4).Distinct().Count().ShouldBe(4);
        turns.GroupBy(t => t).ShouldAllBe(g => g.Count() == 3);
    }

    [Fact]
    public void Retries_that_have_no_slot_do_not_hold_up_new_mail()
    {
        _options = _options with { Concurrency = new ConcurrencyOptions { Later = 1 } };
        var board = Board();
        var first = To(board, "a");
        var second = To(board, "b");
        foreach (var destination in new[] { first, second })
        {
            board.Add(destination, OutgoingGroup.Parse($"{destination.Name}.test 3"));
            board.Add(destination, OutgoingGroup.Parse($"{destination.Name}2.test 3"));
            board.Add(destination, OutgoingGroup.Parse($"{destination.Name}.test"));
        }

        Started(board).ShouldBe(["a.test", "b.test", "a.test 3"]);
        board.End(first, DeliveryLane.Later);
        Started(board).ShouldBe(["b.test 3"]);
        board.End(second, DeliveryLane.Later);
        Started(board).ShouldBe(["a2.test 3"]);
    }

    [Fact]
    public void A_dead_destination_is_left_alone_longer_each_time_and_then_tried_by_one()
    {
        var board = Board();
        var destination = To(board, "a");
        for (var i = 0; i < 9; i++)
            board.Add(destination, OutgoingGroup.Parse($"d{i}.test"));
        Started(board).Count.ShouldBe(5);
        for (var i = 0; i < 5; i++)
        {
            board.Failed(destination, s_now);
            board.End(destination, DeliveryLane.First);
        }

        Started(board).ShouldBeEmpty();
        board.NextAlarm.ShouldBe(s_now + TimeSpan.FromSeconds(30));
        Started(board, s_now + TimeSpan.FromSeconds(29.9)).ShouldBeEmpty();
        Started(board, s_now + TimeSpan.FromSeconds(30)).Count.ShouldBe(1);
        board.Failed(destination, s_now + TimeSpan.FromSeconds(30));
        board.End(destination, DeliveryLane.First);
        destination.BackOffUntil.ShouldBe(s_now + TimeSpan.FromSeconds(90));
        Started(board, s_now + TimeSpan.FromSeconds(90)).Count.ShouldBe(1);
        board.Succeeded(destination);
        board.Succeeded(destination);
        Started(board, s_now + TimeSpan.FromSeconds(91)).Count.ShouldBe(1);
    }

    [Fact]
    public void A_back_off_is_never_longer_than_the_schedule()
    {
        _options = _options with { Schedule = RetrySchedule.Parse("1s, 2s") };
        var board = Board();
        var destination = To(board, "a");
        for (var i = 0; i < 100; i++)
        {
            destination.BackOffUntil = default;
            board.Failed(destination, s_now);
            destination.Feedback.Revive();
        }

        destination.BackOffUntil.ShouldBeLessThanOrEqualTo(s_now + TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void A_suspended_domain_waits_until_it_is_looked_at_again()
    {
        _suspended.Add("stop.test");
        var board = Board();
        var destination = To(board, "a");
        board.Add(destination, OutgoingGroup.Parse("stop.test"));
        board.Add(destination, OutgoingGroup.Parse("go.test"));
        Started(board).ShouldBe(["go.test"]);
        board.Groups.ShouldBe(1);
        board.ReviewSuspended();
        Started(board).ShouldBeEmpty();
        _suspended.Clear();
        board.ReviewSuspended();
        Started(board).ShouldBe(["stop.test"]);
        board.Groups.ShouldBe(0);
    }

    [Fact]
    public void What_can_not_go_now_can_be_taken_away_to_make_room()
    {
        _suspended.Add("stop.test");
        var board = Board();
        var suspended = To(board, "a");
        var dead = To(board, "b");
        var living = To(board, "c");
        board.Add(suspended, OutgoingGroup.Parse("stop.test"));
        Started(board);
        for (var i = 0; i < 5; i++)
            board.Failed(dead, s_now);
        board.Add(dead, OutgoingGroup.Parse("dead.test"));
        board.Add(living, OutgoingGroup.Parse("living.test"));
        board.TakeBlocked(s_now)?.Domain.ShouldBe("stop.test");
        board.TakeBlocked(s_now)?.Domain.ShouldBe("dead.test");
        board.TakeBlocked(s_now).ShouldBeNull();
        board.Groups.ShouldBe(1);
    }

    [Theory]
    [InlineData("example.com", "example.com", DeliveryLane.First)]
    [InlineData("example.com 2", "example.com", DeliveryLane.Second)]
    [InlineData("example.com 3", "example.com", DeliveryLane.Later)]
    [InlineData("example.com 4", "example.com 4", DeliveryLane.First)]
    [InlineData("", "", DeliveryLane.First)]
    public void A_group_names_its_domain_and_its_lane(string text, string domain, DeliveryLane lane)
    {
        var group = OutgoingGroup.Parse(text);
        (group.Domain, group.Lane, group.ToString()).ShouldBe((domain, lane, text));
    }

    [Theory]
    [InlineData("450 4.2.0 try again in 300 seconds", 300.0)]
    [InlineData("450 Please retry after 5 minutes", 300.0)]
    [InlineData("451 4.7.1 Greylisting in action, please come back in 00:04:59", null)]
    [InlineData("450 4.7.1 Greylisted for 5m", 300.0)]
    [InlineData("421 wait at least 2 hours", 7200.0)]
    [InlineData("421 limit of 100 messages per 60 seconds", null)]
    [InlineData("550 try again in 300 seconds", null)]
    [InlineData("450 error 300 seconds", null)]
    public void A_waiting_time_is_found_only_where_one_is_meant(string reply, double? seconds)
    {
        SmtpReply.TryParse(reply, out var parsed).ShouldBeTrue();
        (RetryHint.Find(parsed)?.TotalSeconds).ShouldBe(seconds);
    }

    private DispatchBoard Board() => new(_options, _suspended.Contains, _ => true);

    private static Destination To(DispatchBoard board, string host) => board.Of(new Route.To([new Exchanger(host, 25, 0)]), host);

    private static List<string> Started(DispatchBoard board, DateTimeOffset? now = null)
    {
        var started = new List<string>();
        while (board.TryStart(now ?? s_now, out _, out var group))
            started.Add(group.ToString());
        return started;
    }

    private static List<int> Limits(ConcurrencyFeedback feedback, int times, Action<ConcurrencyFeedback> act) =>
        [.. Enumerable.Range(0, times).Select(_ =>
        {
            act(feedback);
            return feedback.Limit;
        })];
}
