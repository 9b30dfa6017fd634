namespace Posthorn.KillLoad;

/// <summary>One thing that a commit of the load does to one message; as text between the program that is killed and the test that remembers.</summary>
/// <param name="What">
/// <c>add</c>; <c>end</c> (the ack); <c>put</c> (back); <c>move</c>; <c>replay</c> and <c>drop</c> (of a consumed one).
/// </param>
/// <param name="Queue">The queue it is in, or comes into.</param>
/// <param name="Name">The message's name, which says what it carries too; see <see cref="MessageNames"/>.</param>
/// <param name="More">Of <c>add</c> its deduplication id, of <c>move</c> the queue it goes to, of <c>put</c> the milliseconds it waits; otherwise empty.</param>
internal sealed record Effect(string What, string Queue, string Name, string More = "")
{
    public static Effect Parse(string text) => text.Split(':') is [var what, var queue, var name, var more]
        ? new Effect(what, queue, name, more)
        : throw new FormatException($"'{text}' is no effect.");

    public override string ToString() => $"{What}:{Queue}:{Name}:{More}";
}
