[Playlist]
NumberOfEntries=2
File2=b.mp3
Title2=X - B
file1=a.mp3
Length1=3
nonsense
File10=file:///c%3d.mp3
File18446744073709551615=/z=y
File2=/again
