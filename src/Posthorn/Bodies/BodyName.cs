using System.Buffers.Binary;

namespace Posthorn.Bodies;

/// <summary>What a body is called in a store: whose it is, and which. Both are random, so nobody's bodies ever clash with another's.</summary>
/// <param name="Owner">The queues it belongs to: a database's or a journal's. Several may share a store; each lists and removes only its own.</param>
/// <param name="Id">Which of the owner's; <see cref="Guid.Empty"/> is the mark that says that the store is the owner's.</param>
public readonly record struct BodyName(Guid Owner, Guid Id)
{
    private const int GuidDigits = 32;

    /// <summary>The mark of an owner.</summary>
    public static BodyName MarkOf(Guid owner) => new(owner, Guid.Empty);

    /// <summary>Whether it is an owner's mark, which is no body of a message.</summary>
    public bool IsMark => Id == Guid.Empty;

    /// <summary>The name as a path: the owner, one of 256 sub-folders, the id; hexadecimal digits in lower case.</summary>
    public string Path => $"{FolderOf(Owner, Id)}/{Id:n}";

    /// <summary>The number that <see cref="Numbered"/> was given.</summary>
    internal long Number
    {
        get
        {
            Span<byte> bytes = stackalloc byte[16];
            Id.TryWriteBytes(bytes);
            return BinaryPrimitives.ReadInt64BigEndian(bytes[8..]);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Path;

    /// <summary>The name of a body that its owner knows by a number.</summary>
    internal static BodyName Numbered(Guid owner, long number)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes[..8].Clear();
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], number);
        return new BodyName(owner, new Guid(bytes));
    }

    /// <summary>The folders that an owner's bodies are in.</summary>
    internal static IEnumerable<string> FoldersOf(Guid owner) => Enumerable.Range(0, 256).Select(part => $"{owner:n}/{part:x2}");

    /// <summary>Reads what <see cref="Path"/> wrote; null for what is no name.</summary>
    internal static BodyName? Parse(string path)
    {
        if (path.Length != (2 * GuidDigits) + 4 || !Guid.TryParseExact(path.AsSpan(0, GuidDigits), "n", out var owner) || !Guid.TryParseExact(path.AsSpan(GuidDigits + 4), "n", out var id))
            return null;
        var name = new BodyName(owner, id);
        return name.Path == path ? name : null;
    }

    // Digits near the end: numbered ids begin with zeros.
    private static string FolderOf(Guid owner, Guid id) => $"{owner:n}/{id.ToString("n").AsSpan(GuidDigits - 3, 2)}";
}
