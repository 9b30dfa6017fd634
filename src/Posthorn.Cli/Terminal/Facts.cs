namespace Posthorn.Cli.Terminal;

/// <summary>What is known of one thing: a name and a value a line, what is absent left out.</summary>
internal sealed class Facts
{
    private readonly List<(string Name, string Value)> _facts = [];

    public Facts Add(string name, object? value)
    {
        if (value?.ToString() is { Length: > 0 } text)
            _facts.Add((name, Listing.Clean(text)));
        return this;
    }

    public void Write(TextWriter to)
    {
        var width = _facts.Count == 0 ? 0 : _facts.Max(f => f.Name.Length);
        foreach (var (name, value) in _facts)
            to.WriteLine($"{name.PadRight(width)}  {value}");
    }
}
