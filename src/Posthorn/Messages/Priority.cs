namespace Posthorn.Messages;

/// <summary>0 (lowest) to 9 (highest), 5 when nobody said; what lies outside is clamped (James, JMS).</summary>
public readonly record struct Priority : IComparable<Priority>
{
    /// <summary>Number of levels.</summary>
    public const int Levels = 10;

    private readonly sbyte _fromNormal;

    private Priority(int value) => _fromNormal = (sbyte)(Math.Clamp(value, 0, Levels - 1) - 5);

    /// <summary>0 to 9.</summary>
    public int Value => _fromNormal + 5;

    /// <summary>5: what <c>default</c> is.</summary>
    public static Priority Normal => default;

    /// <summary>0.</summary>
    public static Priority Lowest => new(0);

    /// <summary>9.</summary>
    public static Priority Highest => new(9);

    /// <summary>A number as a priority: below 0 is 0, above 9 is 9.</summary>
    public static Priority Of(int value) => new(value);

    /// <summary>Text as a priority: a number is clamped, anything else is <see cref="Normal"/>.</summary>
    public static Priority Of(string? text) => int.TryParse(text, out var value) ? new(value) : Normal;

    /// <inheritdoc/>
    public int CompareTo(Priority other) => _fromNormal.CompareTo(other._fromNormal);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
