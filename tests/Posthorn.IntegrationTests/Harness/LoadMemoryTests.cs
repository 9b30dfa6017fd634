namespace Posthorn.IntegrationTests.Harness;

/// <summary>The client of the killed engine sees what it is there to see.</summary>
public sealed class LoadMemoryTests
{
    private const string A = "w0.1.0.p5.b10";
    private const string B = "w0.1.1.p5.b10";
    private const string C = "w0.3.0.p5.b10";
    private const string D = "w0.3.1.p5.b10";

    /// <summary>Two messages sent, the first acked, and two more when death came: one commit, whose answer was lost.</summary>
    private static readonly string[] FirstLife =
    [
        "step 0 0 ;", "ready ;",
        $"will 0 1 - add:w0-jobs:{A}: add:w0-jobs:{B}:x ;", "did 0 1 first 00 ;",
        $"take 0 w0-jobs {A} ;", $"will 0 2 - end:w0-jobs:{A}: ;", "did 0 2 first ;",
        $"will 0 3 k add:w0-jobs:{C}: add:w0-jobs:{D}: ;",
    ];

    [Theory]
    [InlineData("step 0 2 ;", $"has w0-jobs Ready {B} right ;", "ready ;", "again 0 3 first ;")]
    [InlineData("step 0 3 ;", $"has w0-jobs Ready {B} right ;", $"has w0-jobs Ready {C} right ;", $"has w0-jobs Ready {D} right ;", "ready ;", "again 0 3 repeat ;")]
    [InlineData("step 0 2 ;", $"has w0-jobs Ready {B} right ;", "ready")]
    public void What_was_answered_is_there_and_what_was_cut_short_whole_or_not_at_all(params string[] life) => Remembered().Read(life);

    [Theory]
    [InlineData("a message is lost", "step 0 2 ;", "ready ;")]
    [InlineData("an acked one came back", "step 0 2 ;", $"has w0-jobs Ready {A} right ;", $"has w0-jobs Ready {B} right ;", "ready ;")]
    [InlineData("a commit is lost", "step 0 1 ;", $"has w0-jobs Ready {A} right ;", $"has w0-jobs Ready {B} right ;", "ready ;")]
    [InlineData("half of a commit", "step 0 3 ;", $"has w0-jobs Ready {B} right ;", $"has w0-jobs Ready {C} right ;", "ready ;")]
    [InlineData("a commit without its document", "step 0 2 ;", $"has w0-jobs Ready {B} right ;", $"has w0-jobs Ready {C} right ;", $"has w0-jobs Ready {D} right ;", "ready ;")]
    [InlineData("another order", "step 0 3 ;", $"has w0-jobs Ready {B} right ;", $"has w0-jobs Ready {D} right ;", $"has w0-jobs Ready {C} right ;", "ready ;")]
    [InlineData("a message twice", "step 0 2 ;", $"has w0-jobs Ready {B} right ;", $"has w0-jobs Ready {B} right ;", "ready ;")]
    [InlineData("in another queue", "step 0 2 ;", $"has w0-done Ready {B} right ;", "ready ;")]
    [InlineData("kept though nobody consumed it", "step 0 2 ;", $"has w0-jobs Consumed {B} right ;", "ready ;")]
    [InlineData("other bytes", "step 0 2 ;", $"has w0-jobs Ready {B} wrong ;", "ready ;")]
    [InlineData("a repeat that was done twice", "step 0 3 ;", $"has w0-jobs Ready {B} right ;", $"has w0-jobs Ready {C} right ;", $"has w0-jobs Ready {D} right ;", "ready ;", "again 0 3 first ;")]
    [InlineData("a repeat that was not done", "step 0 2 ;", $"has w0-jobs Ready {B} right ;", "ready ;", "again 0 3 repeat ;")]
    [InlineData("an id that was forgotten", "step 0 2 ;", $"has w0-jobs Ready {B} right ;", "ready ;", "again 0 3 first ;", $"will 0 4 - add:w0-jobs:{A}:x ;", "did 0 4 first 0 ;")]
    [InlineData("handed out what was acked", "step 0 2 ;", $"has w0-jobs Ready {B} right ;", "ready ;", $"take 0 w0-jobs {A} ;")]
    public void Whatever_else_is_found_is_an_error(string what, params string[] life)
    {
        var memory = Remembered();
        Should.Throw<Exception>(() => memory.Read(life), what);
    }

    private static LoadMemory Remembered()
    {
        var memory = new LoadMemory();
        memory.Read(FirstLife);
        return memory;
    }
}
