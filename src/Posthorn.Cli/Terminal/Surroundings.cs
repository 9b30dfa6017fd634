using System.Text;
using Spectre.Console;

namespace Posthorn.Cli.Terminal;

/// <summary>What a command sees of the world: where it writes and reads, the environment, the clock. Tests bring their own.</summary>
internal sealed class Surroundings
{
    private IAnsiConsole? _console;

    /// <summary>Answers: tables, JSON, bodies. Several may write a line at a time.</summary>
    public required TextWriter Out { get; init => field = TextWriter.Synchronized(value); }

    /// <summary>Everything about the answer: errors, questions, progress. Several may write a line at a time.</summary>
    public required TextWriter Error { get; init => field = TextWriter.Synchronized(value); }

    public required TextReader In { get; init; }

    /// <summary>Standard output and input as bytes, for bodies.</summary>
    public required Func<Stream> OpenOutput { get; init; }

    public required Func<Stream> OpenInput { get; init; }

    public required bool IsOutputTerminal { get; init; }

    public required bool IsErrorTerminal { get; init; }

    public required bool IsInputTerminal { get; init; }

    public required Func<string, string?> Environment { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Draws tables; made when first used, since most of the program's start would be spent on it.</summary>
    public IAnsiConsole Console => _console ??= CreateConsole(Out, IsOutputTerminal);

    public static Surroundings OfProcess() => new()
    {
        Out = new StreamWriter(System.Console.OpenStandardOutput(), new UTF8Encoding(false)) { AutoFlush = true },
        Error = new StreamWriter(System.Console.OpenStandardError(), new UTF8Encoding(false)) { AutoFlush = true },
        In = System.Console.In,
        OpenOutput = System.Console.OpenStandardOutput,
        OpenInput = System.Console.OpenStandardInput,
        IsOutputTerminal = !System.Console.IsOutputRedirected,
        IsErrorTerminal = !System.Console.IsErrorRedirected,
        IsInputTerminal = !System.Console.IsInputRedirected,
        Environment = System.Environment.GetEnvironmentVariable,
        Time = TimeProvider.System,
    };

    public IAnsiConsole CreateConsole(TextWriter writer, bool isTerminal)
    {
        var hasColours = isTerminal && string.IsNullOrEmpty(Environment("NO_COLOR"));
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = hasColours ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Detect : InteractionSupport.No,
        });
        // In a pipe nothing is to be cut to any width.
        console.Profile.Width = isTerminal ? Math.Max(80, System.Console.WindowWidth) : 10_000;
        return console;
    }

    /// <summary>Says what went wrong, on one line.</summary>
    public void Fail(string message) => Error.WriteLine("posthorn: " + message);

    /// <summary>Asks for a yes. In a script nobody can answer: then <c>--yes</c> must have been given.</summary>
    public bool Confirm(string question)
    {
        if (!IsInputTerminal)
            throw new UsageException($"{question} Nobody is here to answer; give --yes.");
        Error.Write(question + " [y/N] ");
        return In.ReadLine()?.Trim() is "y" or "Y" or "yes" or "Yes";
    }
}
