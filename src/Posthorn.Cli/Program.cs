System.Console.WriteLine("posthorn");
