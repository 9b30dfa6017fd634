using Posthorn.Files;
using Posthorn.Simulation.World;

namespace Posthorn.Simulation.Disk;

/// <summary>A disk in memory that forgets what was not made durable. The fault model:</summary>
/// <remarks>
/// <para><i>Power loss.</i> A write is visible at once and durable after the file's flush. At a power loss each dirty 4 KiB page is kept,
/// dropped, or torn at 512 bytes; the length may land before the data (a tail of zeros). A created, renamed or deleted name is durable after
/// its folder's flush; at a power loss a prefix of each folder's pending operations survives. A rename between folders is one operation: it
/// survives in both or in neither, and a flush of either folder makes it durable. Sometimes everything survives.</para>
/// <para><i>Hostile disks</i> keep any subset of the pending operations, and of a rename between folders either half.</para>
/// <para><i>Death of the process.</i> What was written stays, flushed or not.</para>
/// <para><i>Errors</i> strike at the I/O with a given number, once or from then on: power loss before or after it, EIO (a write puts part of its
/// bytes down), ENOSPC, a read that fails. A failed flush loses a random part of the pages, which look clean
/// afterwards, and the next one succeeds (Linux since forever; PostgreSQL's fsyncgate).</para>
/// <para><i>Space.</i> Others may take it and give it back at any time; what grows beyond it puts down what fits and fails with ENOSPC.</para>
/// <para><i>Time.</i> Between any two I/Os other work runs; on a slow disk some take up to two seconds of virtual time.</para>
/// <para><i>Rot.</i> A bit of a file changes by itself, when asked for.</para>
/// <para>Not modelled: a write that lands elsewhere while the disk says that all is well (at a journal's end nobody can notice it), a folder that itself vanishes, a disk that serves an older version of a page.</para>
/// </remarks>
public sealed class SimulatedDisk : IJournalFileSystem
{
    internal const int PageBytes = 4096;
    internal const int SectorBytes = 512;

    private readonly SimulationContext _context;
    private readonly TimeProvider _time;
    private readonly SortedDictionary<string, SimulatedFolder> _folders;
    // Not with RunContinuationsAsynchronously: what waits for any of several tasks would go on on the pool.
    private readonly TaskCompletionSource _lost = new();
    private readonly PendingNames _pending;
    private readonly DiskCharacter _character;
    private bool _isPowerLost;
    private readonly HashSet<int> _spent = [];
    private bool _isCrashDue;
    private bool _isShortageOver;

    internal SimulatedDisk(SimulationContext context, TimeProvider time, SimulationRandom random, DiskCharacter character)
        : this(context, time, random, character, new SortedDictionary<string, SimulatedFolder>(StringComparer.Ordinal), new PendingNames(character.IsHostile))
    {
    }

    private SimulatedDisk(
        SimulationContext context, TimeProvider time, SimulationRandom random, DiskCharacter character,
        SortedDictionary<string, SimulatedFolder> folders, PendingNames pending)
    {
        (_context, _time, _character, _folders, _pending) = (context, time, character, folders, pending);
        Random = random.Fork("disk");
    }

    /// <summary>I/Os so far; faults strike by this number.</summary>
    public int IoCount { get; private set; }

    /// <summary>What is to go wrong.</summary>
    public IReadOnlyList<PlannedFault> Faults { get; init; } = [];

    /// <summary>While set nothing goes wrong and nothing is counted: the auditor looks.</summary>
    public bool IsCalm { get; set; }

    public bool HasFaultStruck { get; private set; }

    /// <summary>Whether space was ever refused, so that a refusal for want of space is right.</summary>
    public bool HasBeenFull { get; private set; }

    public bool IsPowerLost => _isPowerLost;

    /// <summary>Whether the process is dead and the machine is not.</summary>
    public bool HasOnlyProcessDied { get; private set; }

    /// <summary>Completes when the power is lost.</summary>
    public Task Lost => _lost.Task;

    /// <summary>Bytes that other users of the disk take; may change at any time.</summary>
    public long TakenByOthersBytes
    {
        get;
        set
        {
            field = value;
            HasBeenFull |= value > 0;
        }
    }

    public long FreeBytes => Math.Max(0, _character.CapacityBytes - TakenByOthersBytes - UsedBytes);

    internal Lie Lies => _character.Lies;

    internal SimulationRandom Random { get; }

    private long UsedBytes
    {
        get
        {
            long used = 0;
            foreach (var folder in _folders.Values)
            {
                foreach (var inode in folder.Visible.Values)
                    used += inode.Length;
            }
            return used;
        }
    }

    public IReadOnlyList<string> List(string folder)
    {
        _context.AssertOnSimulatorThread();
        ThrowIfPowerLost();
        return [.. Folder(folder).Visible.Keys];
    }

    public async ValueTask<IJournalFile> OpenAsync(string name, OpenIntent intent)
    {
        await PauseAsync();
        var (folder, file) = Split(name);
        if (intent == OpenIntent.Create)
        {
            if (folder.Visible.ContainsKey(file))
                throw new IOException($"{name} exists.");
            ThrowFor(Strike(), $"No space for {name}.");
            var created = new SimulatedInode();
            _pending.Do(new FolderOperation(folder, file, created));
            CrashIfDue();
            return new SimulatedFile(this, created);
        }
        return folder.Visible.TryGetValue(file, out var inode)
            ? new SimulatedFile(this, inode)
            : throw new FileNotFoundException($"{name} does not exist.");
    }

    public async ValueTask RenameAsync(string from, string to)
    {
        await PauseAsync();
        ThrowFor(Strike(), $"No space to rename {from}.");
        var (fromFolder, fromFile) = Split(from);
        var (toFolder, toFile) = Split(to);
        if (!fromFolder.Visible.TryGetValue(fromFile, out var inode))
            throw new FileNotFoundException($"{from} does not exist.");
        _pending.Do(new FolderOperation(toFolder, toFile, inode, fromFolder, fromFile));
        CrashIfDue();
    }

    public async ValueTask DeleteAsync(string name)
    {
        await PauseAsync();
        var (folder, file) = Split(name);
        if (!folder.Visible.ContainsKey(file))
            return;
        if (Strike() == Fault.IoError)
            throw new IOException($"Deleting {name} failed.", SimulatedFile.InputOutputError);
        _pending.Do(new FolderOperation(folder, file, null));
        CrashIfDue();
    }

    public async ValueTask FlushFolderAsync(string folder)
    {
        await PauseAsync();
        var fault = Strike();
        if (fault is Fault.FlushFails or Fault.IoError && !Lies.HasFlag(Lie.FailedFlushSucceeds))
            throw new IOException($"Flushing folder {folder} failed.", SimulatedFile.InputOutputError);
        if (!Lies.HasFlag(Lie.FolderFlushDoesNothing) && fault is not (Fault.FlushFails or Fault.IoError))
            _pending.MakeDurable(Folder(folder));
        CrashIfDue();
    }

    /// <summary>From now on every I/O of the process fails.</summary>
    public void LosePower()
    {
        _isPowerLost = true;
        _context.Post(_ => _lost.TrySetResult(), null);
    }

    /// <summary>The disk as the next start finds it after a power loss now.</summary>
    internal SimulatedDisk AfterPowerLoss(TimeProvider time, SimulationRandom random, IReadOnlyList<PlannedFault> faults)
    {
        LosePower();
        var names = _pending.AfterPowerLoss(_folders.Values, random);
        return Next(time, random, faults, folder => names[folder], inode => inode.AfterPowerLoss(random));
    }

    /// <summary>The disk as the next start finds it after the process alone ended: the page cache survives.</summary>
    internal SimulatedDisk AfterKill(TimeProvider time, SimulationRandom random, IReadOnlyList<PlannedFault> faults)
    {
        LosePower();
        // The same pages and names, some of them still not durable: power may be lost later.
        return new SimulatedDisk(_context, time, random, _character, _folders, _pending) { Faults = faults, TakenByOthersBytes = TakenByOthersBytes };
    }

    /// <summary>A disk of its own with the same files, all of them durable, on which nothing is planned to go wrong.</summary>
    internal SimulatedDisk Copy(TimeProvider time, SimulationRandom random) => Next(time, random, [], folder => folder.Visible, inode => inode.Copy());

    /// <summary>Lets a random bit change in a file of a folder that is written no more: of segments, one that is not the last.</summary>
    /// <returns>Where; null when there is no such file.</returns>
    internal string? RotSealed(SimulationRandom random, string folder)
    {
        var files = Folder(folder).Visible.SkipLast(folder == "segments" ? 1 : 0).Where(f => f.Value.Length > 0).ToList();
        if (files.Count == 0)
            return null;
        var (name, inode) = random.Pick(files);
        var offset = random.Below((int)inode.Length);
        inode.Rot(offset, random.Below(8));
        return $"{folder}/{name} at {offset}";
    }

    /// <summary>Takes a random file of a folder away.</summary>
    /// <returns>Which; null when the folder is empty.</returns>
    internal string? Lose(SimulationRandom random, string folder)
    {
        var names = Folder(folder).Visible.Keys.ToList();
        if (names.Count == 0)
            return null;
        var name = random.Pick(names);
        Folder(folder).Lose(name);
        return $"{folder}/{name}";
    }

    internal async ValueTask PauseAsync()
    {
        _context.AssertOnSimulatorThread();
        ThrowIfPowerLost();
        if (_character.StallsOneIn > 0 && !IsCalm && Random.Chance(1, _character.StallsOneIn))
            await Task.Delay(TimeSpan.FromMilliseconds(Random.Between(1, 2_000)), _time);
        else
            await Task.Yield(); // So that other work runs between any two I/Os.
        ThrowIfPowerLost();
    }

    /// <summary>Counts an I/O; throws or tells what goes wrong with it.</summary>
    internal Fault? Strike(bool isRead = false)
    {
        if (IsCalm)
            return null;
        var number = IoCount++;
        _context.Trace((ulong)number);
        _isCrashDue = false;
        for (var i = 0; i < Faults.Count; i++)
        {
            var fault = Faults[i];
            if (!IsDue(fault, number, i, isRead))
                continue;
            HasFaultStruck = true;
            if (fault.Kind == Fault.NoSpace)
                HasBeenFull = true;
            if (fault.Kind is Fault.CrashBefore or Fault.Dies)
            {
                HasOnlyProcessDied = fault.Kind == Fault.Dies;
                LosePower();
                throw new PowerLossException();
            }
            _isCrashDue = fault.Kind == Fault.CrashAfter;
            return fault.Kind;
        }
        return null;
    }

    // A read that fails is the next one.
    private bool IsDue(PlannedFault fault, int number, int index, bool isRead)
    {
        if (fault.Kind == Fault.NoSpace && _isShortageOver)
            return false;
        if (fault.Kind == Fault.ReadFails)
            return isRead && number >= fault.At && (fault.IsLasting || _spent.Add(index));
        return number == fault.At || (fault.IsLasting && number > fault.At);
    }

    internal void CrashIfDue()
    {
        if (!_isCrashDue)
            return;
        LosePower();
        throw new PowerLossException();
    }

    /// <summary>There is space again, whatever had taken it or said that there was none.</summary>
    public void EndShortage() => (TakenByOthersBytes, _isShortageOver) = (0, true);

    /// <summary>Notes that something was refused for want of space.</summary>
    internal void NoteFull() => HasBeenFull = true;

    private static void ThrowFor(Fault? fault, string noSpace)
    {
        if (fault == Fault.NoSpace)
            throw new IOException(noSpace, SimulatedFile.NoSpaceLeft);
        if (fault == Fault.IoError)
            throw new IOException("An operation on names failed.", SimulatedFile.InputOutputError);
    }

    private SimulatedDisk Next(
        TimeProvider time, SimulationRandom random, IReadOnlyList<PlannedFault> faults,
        Func<SimulatedFolder, SortedDictionary<string, SimulatedInode>> names, Func<SimulatedInode, SimulatedInode> inodes)
    {
        var next = new SimulatedDisk(_context, time, random, _character) { Faults = faults, TakenByOthersBytes = TakenByOthersBytes };
        var survivors = new Dictionary<SimulatedInode, SimulatedInode>();
        foreach (var (name, folder) in _folders)
        {
            var survived = new SimulatedFolder();
            foreach (var (file, inode) in names(folder))
            {
                if (!survivors.TryGetValue(inode, out var after))
                    survivors[inode] = after = inodes(inode);
                survived.Adopt(file, after);
            }
            next._folders[name] = survived;
        }
        return next;
    }

    private void ThrowIfPowerLost()
    {
        if (_isPowerLost)
            throw new PowerLossException();
    }

    private SimulatedFolder Folder(string name)
    {
        if (!_folders.TryGetValue(name, out var folder))
            _folders[name] = folder = new SimulatedFolder();
        return folder;
    }

    private (SimulatedFolder Folder, string File) Split(string name)
    {
        var slash = name.LastIndexOf('/');
        return (Folder(slash < 0 ? "" : name[..slash]), name[(slash + 1)..]);
    }
}
