using Posthorn.Simulation.Disk;

namespace Posthorn.Simulation.Mutants;

/// <summary>A mistake planted in a copy of the engine: one exact edit of one source file.</summary>
/// <param name="Name">What the engine does wrong.</param>
/// <param name="File">The file, below <c>src/Posthorn</c>.</param>
/// <param name="Text">What stands there, exactly once.</param>
/// <param name="Instead">What stands there in the mutant.</param>
public sealed record Mutant(string Name, string File, string Text, string Instead)
{
    /// <summary>The fault of the exhaustive script under which it shows; null when random seeds show it.</summary>
    public Fault? ShowsUnder { get; init; }

    /// <summary>The file's text with the mistake in it.</summary>
    /// <exception cref="InvalidOperationException">The text to be replaced is not there exactly once: the engine has changed, and the mutant must follow.</exception>
    public string Plant(string source)
    {
        var first = source.IndexOf(Text, StringComparison.Ordinal);
        if (first < 0 || source.IndexOf(Text, first + 1, StringComparison.Ordinal) >= 0)
            throw new InvalidOperationException($"The mutant '{Name}' edits {File}, where its text is not found exactly once:\n{Text}");
        return source.Replace(Text, Instead, StringComparison.Ordinal);
    }
}
