namespace Posthorn.Files;

/// <summary>
/// One folder, as the journal sees it; the only way anything of the engine reaches the disk, so that the simulator can break it.
/// Names are relative, with <c>/</c> between folder and file (<c>bodies/00000000000A3</c>); folders on the way are made when a file is.
/// </summary>
public interface IJournalFileSystem
{
    /// <summary>The files of a folder (<c>""</c> is the root), in ordinal order, never in the directory's.</summary>
    IReadOnlyList<string> List(string folder);

    /// <summary>Opens a file.</summary>
    /// <exception cref="FileNotFoundException">It does not exist and the intent is to read or to write what exists.</exception>
    ValueTask<IJournalFile> OpenAsync(string name, OpenIntent intent);

    /// <summary>Gives a file another name, in the place of what had it.</summary>
    ValueTask RenameAsync(string from, string to);

    /// <summary>Removes a file; one that does not exist is no error.</summary>
    ValueTask DeleteAsync(string name);

    /// <summary>Makes what was created, renamed and deleted in a folder durable; without it a crash may undo it.</summary>
    ValueTask FlushFolderAsync(string folder);

    /// <summary>When a file was last written, by the clock of where it is; the end of time where that is not known, or the file is gone, so that nobody takes it for old.</summary>
    DateTimeOffset WrittenAt(string name) => DateTimeOffset.MaxValue;

    /// <summary>Space that can still be written, in bytes.</summary>
    long FreeBytes { get; }

    /// <summary>
    /// Runs a loop that writes and flushes, where this file system's calls may block: a real disk gives it a thread of its own.
    /// Where calls do not block, that is here.
    /// </summary>
    Task RunLoopAsync(Func<Task> loop) => loop();
}
