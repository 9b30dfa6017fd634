namespace Posthorn.IntegrationTests.Imap;

/// <summary>A command of a <see cref="DialogueScript"/>.</summary>
/// <param name="Connection">On which connection it is said, 1 or 2.</param>
/// <param name="Command">The command without its tag.</param>
/// <param name="DiffersBecause">Why the answers' data may differ, so that only OK, NO or BAD is compared; null when all must be alike.</param>
internal sealed record DialogueLine(int Connection, string Command, string? DiffersBecause);
